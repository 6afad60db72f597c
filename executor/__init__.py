"""A webhook signal executor: TradingView alerts in, Bitget reversal orders out.

The way of an alert:

     1  server              gunicorn takes the connection; one of its threads carries the request
     2  web.hook            reads the body and headers of POST /hook/<sender>
     3  engine.intake       calls what follows, in this order
     4  core.sender         proves who sent it; engine.admission counts wrong attempts
     5  core.rules          maps it: each rule that wants it makes an intent (account, symbol, target)
     6  engine.proposing    where the lane is idle: core.decision decides, bitget signs the request
     7  ledger              stores the alert and its orders in one durable write; the client gets 202
     8  engine.placing      on the lane's thread: bitget sends the request; a queued order is proposed first
     9  engine.verification reads the position until it is the plan; engine.resolving ends an order in doubt by evidence
    10  ledger              holds the order's end; `executor show`, /receipts and the overview read it there

The packages, from the top. Each imports only from those below it; ledger, bitget, config and simulator do not import
each other:

    cli          the commands
    server       gunicorn, alone
    web          the HTTP interface and the operator's pages
    engine       takes alerts in, runs the lanes, watches the accounts, follows config.yaml
    ledger       the database: what is written before it happens
    bitget       the exchange: the only place from which a request leaves
    config       config.yaml, checked and compiled
    simulator    a Bitget of our own; shares no code with the others
    core         decides; pure

Threads of a serving process, and who owns each:

    thread              how many           owner              what it does
    gunicorn's          up to 64           server             an alert from its bytes to its answer
    lanes 0 … 95        96                 engine.scheduler   one lane at a time: sends, verifies, resolves
    lanes' clock        1                  engine.scheduler   wakes lanes that fall due
    watch <account>     1 an account       engine.watch       reads the account's positions once a second
    upkeep <account>    1 an account       engine.upkeep      contracts, modes and open connections
    heartbeat           1                  engine.runner      the process's lease; lanes that others left
    follow config       1                  engine.runner      looks at config.yaml every 1.5 s
    forget keys, trim the ledger, note used secrets, tell of locks: 1 each, owned by engine.runner
    ledger              a few              ledger             PostgreSQL only: bounds how long a caller waits

State, and where it is kept:

    alerts, orders, requests sent     ledger: tables alerts, orders, sends
    which alert came before           ledger: table dedupe
    which process runs which lane     ledger: tables lanes, nodes
    halts                             ledger: table halts
    which process reads an account    ledger: tables watches, watch_reads
    the configuration in force        memory of each process: engine.reload; engine.last_good for a worker's successor
    positions as last read            memory: engine.watch
    the lanes that are held           memory: engine.lanes; lost with the process, and then taken up by another
    wrong attempts and locks          memory: engine.lockout
    the operator's login              a signed cookie in the browser: web.operator.sessions
"""
