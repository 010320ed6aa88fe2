// The first words: the frame, signing in, and the titles of all pages.
import kit from './de/kit.json'
import login from './de/login.json'
import problems from './de/problems.json'
import shell from './de/shell.json'
import titles from './de/titles.json'
import units from './de/units.json'

export default { ...titles, kit, login, problems, shell, units }
