var e={about:{what:`Which version this is, of what it is made, and under which licences.`,notes:`Name the version when you report a fault.`},"account-aliases":{what:`The other addresses under which mail reaches you.`,notes:`You can write under each of them, too.`},"account-forwarding":{what:`Have your mail sent on to other addresses, too.`,notes:`Without a copy here, mail that the other side refuses is not kept for you.`},"account-general":{what:`Your name, and the limits of your account.`,notes:`What an administrator has set is shown with the reason.
A box that is full takes no more mail.`},"account-password":{what:`The password with which you read and send mail, and sign in here.`,notes:`Every program that knows the old one has to learn the new one.
Other sessions of yours end with the change.`},"account-reply":{what:`Have mail answered while you are away.`,notes:`Each sender gets one answer in a while, not one to each mail.
Lists and automatic mail are not answered.`},"account-test":{what:`Send yourself a message and see it arrive in your mailbox.`,notes:`It goes through queue, rules and filing, as other mail does; a virus scanner does not look at it.
Only this message is shown here, nothing else of your mailbox.
Where rules or forwards leave no copy with you, the page says which.`},activity:{what:`How busy the services are and were: connections, failed logins, messages and their size.`,notes:`Choose the last hour, 12 hours, 24 hours or the week.
A click on a graph opens the log of that time; in the table each time is a button that does.
A dashed line says that the service was started then.
The table shows the same figures as numbers.
Figures outlive a restart and are kept for five weeks.`},administrators:{what:`Who may administer: the whole system, or chosen domains. An administrator is an ordinary user with that right.`,notes:`Administrators of domains see and change only those, within the limits that you set there.
Whose rights change signs in anew.
Give every right only to who needs it: whoever has it can take it from you.`},audit:{what:`Every change: when, by whom, from where, and what was before and after.`,notes:`It holds the changes made by pages, API and command line alike.
Passwords are never in it.`},bans:{what:`Senders and domains whose mail is refused.`,notes:`Spam traps add the addresses of who writes to them; such a ban ends by itself.
Hits say how often a ban has refused somebody, Last hit when last. One that has met nobody for long may be of no use any more.
A ban never hits users who have logged in, nor reports with an empty sender.`},connection:{what:`One address: its name and domain, who may connect there, whose mail it refuses, and its services.`,notes:`A client meets both lists, the system's and this one: who is banned by either is sent away; else the line here holds, then the system's.
The default domain is added to logins without one.
Water marks are for servers under heavy load; leave them unless you know why.`},connected:{what:`Who is connected to the services just now, and since when.`,notes:`A user is shown once logged in.
To watch what a client does, open a spy pane.`},connections:{what:`The IP addresses that this system listens on, and the services there.`,notes:`Without a connection nobody can reach the system.
Sort by a column; choose, order and size columns. The menu of a row has its settings, its services, one more service, and Delete.
Services are opened and closed at once; open sessions go on to their end.
Port 0 means the system's port for that service.`},"dead-mail":{what:`Mail that could be neither delivered nor returned to its sender.`,notes:`Read what became of it, send it again, or delete it.
The folder has a limit in size and age: the oldest goes first.`},domain:{what:`One domain: how its mail is treated, its users, its aliases and its rules.`,notes:`What is not set here comes from the system; the mark beside a value says so, and one click goes back to it.
The type decides what happens to its mail: kept here, passed on to another server, kept as a backup, or held until it is fetched.`},domains:{what:`The domains that this system takes mail for.`,notes:`Sort by any column; choose, order and size columns; the page remembers it for you.
Filters have three states: with, without, or either.
The menu of a row has all that can be done; choose several for the same at once.
A domain that others still point to is not deleted before you have seen what those are.`},findings:{what:`What contradicts itself or is a risk, in all that is set.`,notes:`Each line says where, why and what helps.
Nothing is changed here.`},"ip-control":{what:`Which clients may connect, which are trusted, and which are sent away. The first line that fits a client decides.`,notes:`Drag lines, or move them with Alt and the arrow keys.
A line that can never decide, because one above covers it, is marked.
Try an address to see which line decides about it.
Who is trusted may send mail anywhere without logging in: name only networks of your own.`},keys:{what:`Keys with which programs use the REST API in your name.`,notes:`A key can do what its scopes say, and never more than you.
It is shown once: keep it where the program reads it.
Delete it, and the program is out at once.`},logs:{what:`The log files of each service on each computer.`,notes:`Search looks through the files of one service, old ones too.
What is written, and how often a new file begins, is set under System, Log files.`},overview:{what:`Whether mail flows, and what needs you. The lines at the top name what is wrong or risky, the worst first, and each leads to where it is mended.`,notes:`The menu of a service starts, stops and restarts it.
The small graphs show the last hour; Activity has more.
What others change is seen here within seconds; the page need not be loaded again.`},quarantine:{what:`Mail in which a virus was found, or that could not be looked at.`,notes:`Open an entry to see who sent it to whom, and what was found.
Release delivers it as it is to its recipients; delete ends it.
It has limits in days, size and number: the oldest goes first.`},queue:{what:`Mail that waits to leave: for another server, for its next attempt, until it is fetched, or because somebody holds it.`,notes:`Open an entry to see why the last attempt failed, in the words of the other server.
Try now, hold, release or delete what is chosen, or all that the search finds.
Mail for a server that is away waits here alone; it holds up no other mail.`},rule:{what:`One rule as a sentence. Click an underlined word, or press Enter on it, to change it.`,notes:`Add conditions and actions from the lists; what is still missing is marked, and Save names it.
Text is looked for as a person reads it, in whatever way the mail encodes it.
Test it before you save it.`},rules:{what:`What is done with mail as it is filed. The rules of the system come first, then the domain's, then the user's.`,notes:`A rule acts when all of its conditions hold; then it does all of its actions.
Order is by dragging, or Alt with the arrow keys; a rule can end the list.
The number says how often it has acted, and when last.
Test shows on a pasted or stored message which condition held and what would be done; nothing is done.`},"sign-in":{what:`Your second factor, and where you are signed in.`,notes:`With the second factor a stolen password is not enough: an app shows a new number every half minute.
Keep the recovery codes on paper.
End a session that you do not know, and change your password.`},spy:{what:`What clients say to a service and what they are answered, while it happens. Passwords are never shown.`,notes:`Begin a trace with a service and the events that you want, of all clients or of one address, user or session; or follow logins.
Pause, clear, save to a file, or close it; several stand side by side.
When more comes than can be shown, lines are left out and counted. Who is watched is never slowed down.`},"system-block-lists":{what:`Lists in the DNS that name addresses which send unwanted mail. Who stands on one is refused.`,notes:`Lists are asked side by side, and answers are remembered for a while.
Listed says how many clients each computer has found on a list since it was chosen: the hits.
An address can be tried: all lists are asked about it as about a client, and what each says is shown. It counts nowhere.
A list that does not answer in time counts as silent; no mail is refused for that.`},"system-database":{what:`The database with domains, users, settings and rules. Mail is not in it.`,notes:`It is SQLite, or PostgreSQL on a server of your own.
Its address stands in mailmax.toml; a database of another program is refused and left as it is.`},"system-dns":{what:`Which name servers are asked. Without any, those of the computer.`,notes:`Give addresses, one a line. A change acts at once.`},"system-general":{what:`What holds for the whole system, where a domain or a user says nothing else.`,notes:`The host name stands in greetings and in the fields that are added to mail; it should be the name that your address has in the DNS. The connection name tells systems apart where several are looked at.
The host password lets services join; after a change they learn the new one by themselves.`},"system-housekeeping":{what:`What is cleared away at night: old messages, or users who do not come any more.`,notes:`Show what a run would do says what would go, and does nothing; Run now is for those who have seen that.
It stops when the clock has jumped, rather than delete by a wrong date.`},"system-local":{what:`Where each computer keeps mail, queue, logs and the rest, and how much room there is.`,notes:`These values stand in mailmax.toml of that computer and are changed there; the page shows what is in force.`},"system-logs":{what:`What each service writes down, and how often it begins a new file.`,notes:`Content of mail is written only after you confirm it, into a file of its own, and for a day at most.
A full disk stops the log, never mail.
Where the files lie is set for each computer: see Local settings.`},"system-pop-imap":{what:`How people read their mail: ports, time-outs, and how they may log in.`,notes:`APOP needs a second secret that can be read back; it is better left off.
Who reads with POP3 locks the mailbox for other POP3 clients; IMAP goes on beside it.`},"system-queue":{what:`How mail goes out: connections, attempts, reports, and when it goes back.`,notes:`After the first attempt come the short retries, then the long ones; then the sender gets a report.
What another server refuses for good goes back at once.`},"system-smtp":{what:`How mail comes in: what is checked, who may send, and how much.`,notes:`Mail for other systems is taken only from users who have logged in and from trusted addresses.
A limit of 0 means that this check is off, never that a stranger may send without end.
Tarpitting ends the session of who tries many wrong addresses, and keeps that address away for a while; Block lists shows who that is, and lets them in again.`},systems:{what:`Other MailMax systems that you administer from here, each with its state.`,notes:`There, remote administration must be on, and the host password another than that of the set-up.
Test looks whether a system is there before you save.
A saved password is said to that host and port alone; where they change you give it again.
Removing a connection or a group forgets what is saved here; no system loses anything.`},users:{what:`All users, of every domain.`,notes:`Search by address or name; the search looks through all of them.
Unlock Box shows who has a POP3 mailbox open before it is taken away from them.
Test message sends the user one and shows it arriving; nothing else of the mailbox is shown.
Deleting says in numbers what will be lost, and can keep the mail in an archive.
Many users come at once from a CSV file.`},virus:{what:`Whether mail is looked at for viruses, by what, and what happens to what is found.`,notes:`Test with EICAR gives each scanner a harmless file that all of them must find.
When a scanner is away, mail waits at its sender until it is back, unless you choose otherwise.
Infected mail is kept in quarantine, or goes to an address; strangers' is refused while they send it.
Users and domains have a switch of their own.`},wizard:{what:`What a mail server needs before mail comes and goes, and whether it is there.`,notes:`Go from the top: each button leads to where it is done.
What is as on this computer works, too, as long as the computer has it right.
A system without a domain shows this page by itself after signing in.
The test message shows that mail arrives, how fast, and how it reads; only it is shown, nobody's other mail.`}};export{e as default};