import{C as e,T as t,V as n,bt as r,f as i,nt as a,r as o,y as s}from"./createLucideIcon-C_miRU2g.js";import{t as c}from"./FilterList-D1tPOiyL.js";import{t as l}from"./CodeSample-BXKpRpeb.js";import{t as u}from"./PageHead-C6Cwbvsq.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=t({__name:`IpControl`,setup(t){let{t:p}=o();return(t,o)=>(n(),s(i,null,[e(u,{title:r(p)(`access.ip.title`),text:r(p)(`access.ip.text`)},{default:a(()=>[e(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),e(c,{connection:``})],64))}});export{p as default};