import{Cn as e,Fn as t,Gn as n,Tn as r,mn as i,on as a,rr as o,yn as s}from"./libraries-CvDEBraE.js";import{t as c}from"./BanList-CtwSdW7V.js";import{t as l}from"./CodeSample-CG4nFk6W.js";import{t as u}from"./PageHead-Da_WCfQY.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=r({__name:`Bans`,setup(r){let{t:p}=a();return(r,a)=>(t(),s(i,null,[e(u,{title:o(p)(`access.bans.title`),text:o(p)(`access.bans.text`)},{default:n(()=>[e(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),e(c,{connection:``})],64))}});export{p as default};