import{Cn as e,Fn as t,Tn as n,Wn as r,mn as i,nr as a,on as o,yn as s}from"./libraries-C2NEKGHN.js";import{t as c}from"./FilterList-BQ0_qacZ.js";import{f as l,p as u}from"./shared-DCpL-Tae.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=n({__name:`IpControl`,setup(n){let{t:p}=o();return(n,o)=>(t(),s(i,null,[e(l,{title:a(p)(`access.ip.title`),text:a(p)(`access.ip.text`)},{default:r(()=>[e(u,{cli:d,http:f})]),_:1},8,[`title`,`text`]),e(c,{connection:``})],64))}});export{p as default};