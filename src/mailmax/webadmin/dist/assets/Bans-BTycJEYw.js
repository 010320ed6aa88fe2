import{C as e,T as t,V as n,bt as r,f as i,nt as a,r as o,y as s}from"./createLucideIcon-C_miRU2g.js";import{t as c}from"./BanList-DruBfYbX.js";import{t as l}from"./CodeSample-BXKpRpeb.js";import{t as u}from"./PageHead-C6Cwbvsq.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=t({__name:`Bans`,setup(t){let{t:p}=o();return(t,o)=>(n(),s(i,null,[e(u,{title:r(p)(`access.bans.title`),text:r(p)(`access.bans.text`)},{default:a(()=>[e(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),e(c,{connection:``})],64))}});export{p as default};