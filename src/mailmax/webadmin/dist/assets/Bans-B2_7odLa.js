import{Cn as e,Fn as t,Tn as n,Wn as r,mn as i,nr as a,on as o,yn as s}from"./libraries-C2NEKGHN.js";import{t as c}from"./BanList-DI6AZRYy.js";import{f as l,p as u}from"./shared-DCpL-Tae.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=n({__name:`Bans`,setup(n){let{t:p}=o();return(n,o)=>(t(),s(i,null,[e(l,{title:a(p)(`access.bans.title`),text:a(p)(`access.bans.text`)},{default:r(()=>[e(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),e(c,{connection:``})],64))}});export{p as default};