import { AtSign, Globe } from '@lucide/vue'
import { definePages } from '@/shell/routes'

export default definePages([
  {
    path: '/domains',
    name: 'domains',
    title: 'domains.title',
    page: () => import('./Domains.vue'),
    words: ['accounts', 'choices', 'domains'],
    nav: { section: 'main', order: 30, icon: Globe, key: 'd' },
    roles: ['system', 'domains'],
  },
  {
    path: '/domains/:name',
    name: 'domain',
    title: 'domains.one',
    page: () => import('./Domain.vue'),
    words: ['accounts', 'domains', 'mail', 'rules', 'testmail'],
    roles: ['system', 'domains'],
    parent: 'domains',
  },
  {
    path: '/users',
    name: 'users',
    title: 'users.title',
    page: () => import('./Users.vue'),
    words: ['accounts', 'mail', 'rules', 'testmail', 'users'],
    nav: { section: 'main', order: 31, icon: AtSign, key: 'u' },
    roles: ['system', 'domains'],
  },
])
