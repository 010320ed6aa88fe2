import{B as e,C as t,T as n,f as r,r as i,tt as a,y as o,yt as s}from"./createLucideIcon-X0zBneF_.js";import{t as c}from"./FilterList-Ds9JTDHh.js";import{t as l}from"./CodeSample-DXnRisk4.js";import{t as u}from"./PageHead-aUVkKeAj.js";var d=`mailmax filter list
mailmax filter add "147.89.8-15.*" trusted
mailmax filter move 7 1`,f=`POST /api/v1/filters
Content-Type: application/json

{"pattern": "147.89.8-15.*", "kind": "trusted"}`,p=n({__name:`IpControl`,setup(n){let{t:p}=i();return(n,i)=>(e(),o(r,null,[t(u,{title:s(p)(`access.ip.title`),text:s(p)(`access.ip.text`)},{default:a(()=>[t(l,{cli:d,http:f})]),_:1},8,[`title`,`text`]),t(c,{connection:``})],64))}});export{p as default};