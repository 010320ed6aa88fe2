import{En as e,Fn as t,Ln as n,jn as r,mr as i,nr as a,qn as o,vn as s}from"./libraries-D-zmvJ5M.js";import{t as c}from"./FilterList-BbdVZMux.js";import{c as l,l as u}from"./shared-BNMUuEMH.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=n({__name:`IpControl`,setup(n){let{t:p}=s();return(n,s)=>(o(),r(e,null,[t(l,{title:i(p)(`access.ip.title`),text:i(p)(`access.ip.text`)},{default:a(()=>[t(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),t(c,{connection:``})],64))}});export{p as default};