import{Cn as e,Fn as t,Gn as n,Tn as r,mn as i,on as a,rr as o,yn as s}from"./libraries-CvDEBraE.js";import{t as c}from"./FilterList-Duxxh6hV.js";import{t as l}from"./CodeSample-CG4nFk6W.js";import{t as u}from"./PageHead-Da_WCfQY.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=r({__name:`IpControl`,setup(r){let{t:p}=a();return(r,a)=>(t(),s(i,null,[e(u,{title:o(p)(`access.ip.title`),text:o(p)(`access.ip.text`)},{default:n(()=>[e(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),e(c,{connection:``})],64))}});export{p as default};