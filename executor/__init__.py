"""A webhook signal executor: TradingView alerts in, Bitget reversal orders out.

The way of an alert:

     1  server                      gunicorn takes the connection; one of its threads carries the request
     2  web.hook                    reads the body and headers of POST /hook/<sender>
     3  engine.intake               calls what follows, in this order
     4  engine.senders              authenticates the sender and counts wrong attempts; core.sender compares secrets
     5  core.rules                  maps the alert: each rule that wants it makes an intent (account, symbol, target)
     6  engine.orders.proposing     where the lane is idle: core.decision decides, bitget signs the request
     7  ledger.alerts               one durable write by engine.fast_path: the alert, its orders; the client gets 202
     8  engine.orders.placing       on the lane's thread: bitget.transport sends; a queued order is proposed first
     9  engine.orders.verification  reads the position until it is the plan, or orders.resolving where that is unclear
    10  ledger                      holds the order's end; receipts, the overview and `executor show` read it there

The packages, from the top. Each imports only from those below it; ledger, bitget, config and simulator do not import
each other:

    cli          the commands
    server       gunicorn, alone
    web          the HTTP interface and the operator's pages
    engine       takes alerts in, runs the lanes, watches the accounts, follows config.yaml
    ledger       the database: what is written before it happens
    bitget       the exchange: the only place from which a request leaves (`transport.Transport.send`)
    config       config.yaml, checked and compiled
    simulator    a Bitget of our own; shares no code with the others
    core         decides; pure

Threads of a serving process, and who owns each:

    thread              how many             owner                    what it does
    gunicorn's          up to 64             server                   an alert from its bytes to its answer
    lanes 0 … 95        96                   engine.scheduler         one lane at a time: sends, verifies, resolves
    lanes' clock        1                    engine.scheduler         wakes lanes that fall due
    watch <account>     1 an account         engine.accounts.watch    reads the account's positions once a second
    upkeep <account>    1 an account         engine.accounts.upkeep   keeps contracts, modes and connections ready
    heartbeat           1                    engine.runner            prolongs the lease; wakes lanes of dead processes
    follow config       1                    engine.runner            looks at config.yaml every 1.5 s
    forget keys, trim the ledger, note used secrets, log locks: 1 each, engine.runner
    warm                for a moment         bitget.transport         opens connections ahead
    ledger              a few                ledger                   PostgreSQL only: bounds how long a caller waits

State, and where it is kept:

    alerts, orders, requests that were sent   ledger: tables alerts, orders, sends
    which alert came before                   ledger: table dedupe
    which process runs which lane             ledger: tables lanes, nodes
    halts                                     ledger: table halts
    which process watches an account          ledger: tables watches, watch_reads
    which secret was used when                ledger: table secret_uses
    the configuration in force                memory: engine.reload.Follower (engine.last_good: for a new worker)
    positions as last read                    memory: engine.accounts.watch.Watch
    the lanes that are held                   memory: engine.lanes.Lanes; another process continues from the ledger
    wrong attempts and locks                  memory: engine.senders.lockout.Lockout
    the operator's login                      a signed cookie in the browser: web.operator.sessions
"""
