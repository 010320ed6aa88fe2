import{B as e,C as t,T as n,f as r,r as i,tt as a,y as o,yt as s}from"./createLucideIcon-X0zBneF_.js";import{t as c}from"./BanList-gvC_hLSn.js";import{t as l}from"./CodeSample-DXnRisk4.js";import{t as u}from"./PageHead-aUVkKeAj.js";var d=`mailmax ban list
mailmax ban add bad.example
mailmax ban remove bad.example`,f=`POST /api/v1/bans
Content-Type: application/json

{"value": "bad.example"}`,p=n({__name:`Bans`,setup(n){let{t:p}=i();return(n,i)=>(e(),o(r,null,[t(u,{title:s(p)(`access.bans.title`),text:s(p)(`access.bans.text`)},{default:a(()=>[t(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),t(c,{connection:``})],64))}});export{p as default};