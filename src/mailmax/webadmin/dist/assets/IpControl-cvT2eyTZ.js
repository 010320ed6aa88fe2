import{Fn as e,Gn as t,Nn as n,er as r,fr as i,gn as a,kn as o,wn as s}from"./libraries-BV_ANGiM.js";import{t as c}from"./FilterList-ZfyDm-b_.js";import{c as l,l as u}from"./shared-DeHkHlDb.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=e({__name:`IpControl`,setup(e){let{t:p}=a();return(e,a)=>(t(),o(s,null,[n(l,{title:i(p)(`access.ip.title`),text:i(p)(`access.ip.text`)},{default:r(()=>[n(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),n(c,{connection:``})],64))}});export{p as default};