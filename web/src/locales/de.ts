import { gather } from './gather'

// The words of settings come with the first setting: see lib/i18n.
export default gather(import.meta.glob(['./de/*.json', '!./de/settings.json'], { eager: true, import: 'default' }))
