// The start: theme before the first paint, then words and who is signed in, then the page.
import { createApp } from 'vue'
import { onSignedOut } from './api/client'
import { forget, readSession } from './api/session'
import { i18n, needSentences, startLanguage } from './lib/i18n'
import { startTheme } from './lib/theme'
import App from './shell/App.vue'
import { router } from './shell/router'
import './styles/main.css'

startTheme()

onSignedOut(() => {
  forget()
  const { fullPath, meta } = router.currentRoute.value
  if (!meta.page.isPublic) void router.push({ name: 'login', query: { next: fullPath } })
})

await Promise.all([startLanguage(), readSession().catch(() => null)])
createApp(App).use(i18n).use(router).mount('#app')
needSentences().catch(() => undefined)
