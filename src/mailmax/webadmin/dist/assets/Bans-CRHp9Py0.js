import{Dn as e,Nn as t,Qn as n,Sn as r,Un as i,jn as a,mn as o,ur as s}from"./libraries-C0Ir3S1S.js";import{t as c}from"./BanList-DUpMp_Ya.js";import{m as l,p as u}from"./shared-Ci9m6hHX.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=t({__name:`Bans`,setup(t){let{t:p}=o();return(t,o)=>(i(),e(r,null,[a(u,{title:s(p)(`access.bans.title`),text:s(p)(`access.bans.text`)},{default:n(()=>[a(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),a(c,{connection:``})],64))}});export{p as default};