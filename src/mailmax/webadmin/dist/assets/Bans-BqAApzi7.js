import{$n as e,Cn as t,Mn as n,On as r,Pn as i,Wn as a,dr as o,hn as s}from"./libraries-Br3Kw-JZ.js";import{t as c}from"./BanList-C8NyXPHw.js";import{c as l,l as u}from"./shared-BorLfLvd.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=i({__name:`Bans`,setup(i){let{t:p}=s();return(i,s)=>(a(),r(t,null,[n(l,{title:o(p)(`access.bans.title`),text:o(p)(`access.bans.text`)},{default:e(()=>[n(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),n(c,{connection:``})],64))}});export{p as default};