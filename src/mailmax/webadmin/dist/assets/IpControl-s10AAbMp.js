import{Dn as e,Nn as t,Qn as n,Sn as r,Un as i,jn as a,mn as o,ur as s}from"./libraries-C0Ir3S1S.js";import{t as c}from"./FilterList-CTG0prML.js";import{m as l,p as u}from"./shared-Ci9m6hHX.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=t({__name:`IpControl`,setup(t){let{t:p}=o();return(t,o)=>(i(),e(r,null,[a(u,{title:s(p)(`access.ip.title`),text:s(p)(`access.ip.text`)},{default:n(()=>[a(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),a(c,{connection:``})],64))}});export{p as default};