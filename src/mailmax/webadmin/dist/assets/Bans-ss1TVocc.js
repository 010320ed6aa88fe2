import{Fn as e,Gn as t,Nn as n,er as r,fr as i,gn as a,kn as o,wn as s}from"./libraries-BV_ANGiM.js";import{t as c}from"./BanList-DntRmD3S.js";import{c as l,l as u}from"./shared-DeHkHlDb.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=e({__name:`Bans`,setup(e){let{t:p}=a();return(e,a)=>(t(),o(s,null,[n(l,{title:i(p)(`access.bans.title`),text:i(p)(`access.bans.text`)},{default:r(()=>[n(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),n(c,{connection:``})],64))}});export{p as default};