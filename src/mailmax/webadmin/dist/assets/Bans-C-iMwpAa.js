import{En as e,Fn as t,Ln as n,jn as r,mr as i,nr as a,qn as o,vn as s}from"./libraries-D-zmvJ5M.js";import{t as c}from"./BanList-ByTzrCvJ.js";import{c as l,l as u}from"./shared-BNMUuEMH.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=n({__name:`Bans`,setup(n){let{t:p}=s();return(n,s)=>(o(),r(e,null,[t(l,{title:i(p)(`access.bans.title`),text:i(p)(`access.bans.text`)},{default:a(()=>[t(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),t(c,{connection:``})],64))}});export{p as default};