// Who acts: a user by address, and the holder of the host password, who has none.
import { t } from './i18n'

/** What the server calls who signs in by a link or gives commands (datamax's SYSTEM_NAME). */
const HOST_PASSWORD = 'host password'

/** Write a name in the reader's language; an address stays. */
export const whoName = (name: string) => (name === HOST_PASSWORD ? t('shell.hostPassword') : name)
