import { ListFilter } from '@lucide/vue'
import { definePages } from '@/shell/routes'

export default definePages([
  { path: '/filtering/rules', name: 'rules', title: 'rules.title', page: () => import('./Rules.vue'), words: ['rules'], nav: { section: 'filtering', order: 40, icon: ListFilter }, roles: ['system', 'domains'] },
  { path: '/account/rules', name: 'my-rules', title: 'rules.mine', page: () => import('./Rules.vue'), words: ['rules'], nav: { section: 'account', order: 35, icon: ListFilter }, roles: ['user'] },
  { path: '/rules/:number', name: 'rule', title: 'rules.editTitle', page: () => import('@/rules/RuleEditor.vue'), words: ['rules'], roles: ['system', 'domains'], parent: 'rules' },
  { path: '/account/rules/:number', name: 'my-rule', title: 'rules.editTitle', page: () => import('@/rules/RuleEditor.vue'), words: ['rules'], roles: ['user'], parent: 'my-rules' },
])
