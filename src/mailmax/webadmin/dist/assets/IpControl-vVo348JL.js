import{$n as e,Cn as t,Mn as n,On as r,Pn as i,Wn as a,dr as o,hn as s}from"./libraries-Br3Kw-JZ.js";import{t as c}from"./FilterList-BDsNBEYf.js";import{c as l,l as u}from"./shared-BorLfLvd.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=i({__name:`IpControl`,setup(i){let{t:p}=s();return(i,s)=>(a(),r(t,null,[n(l,{title:o(p)(`access.ip.title`),text:o(p)(`access.ip.text`)},{default:e(()=>[n(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),n(c,{connection:``})],64))}});export{p as default};