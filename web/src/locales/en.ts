// The first words: the frame, signing in, and the titles of all pages.
import kit from './en/kit.json'
import login from './en/login.json'
import shell from './en/shell.json'
import titles from './en/titles.json'
import units from './en/units.json'

export default { ...titles, kit, login, shell, units }
