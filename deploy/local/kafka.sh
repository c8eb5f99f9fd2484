# shellcheck shell=bash
# Apache Kafka 3.9 in KRaft mode, one node, for one stack: jars from Maven Central, data in the stack's folder. Sourced by ./dev.
# Invariant: loopback only, no topic makes itself (auto.create.topics.enable=false), and its log survives a restart of the broker.
KAFKA_LIB="$ROOT/.cache/kafka-3.9.1"

kafka_install() {
  [ -f "$KAFKA_LIB/complete" ] && return 0
  say "fetching Apache Kafka 3.9.1 from Maven Central"
  rm -rf "$KAFKA_LIB"
  mvn -q -B -f "$ROOT/deploy/local/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$KAFKA_LIB" \
    >"$ROOT/.cache/kafka-install.log" 2>&1 || { tail -20 "$ROOT/.cache/kafka-install.log" >&2; fail "Kafka could not be fetched"; }
  touch "$KAFKA_LIB/complete"
}

# kafka_configure DIR PORT: writes the configuration and formats the log folder once; the controller listens on the port after.
kafka_configure() {
  local dir=$1/kafka port=$2
  mkdir -p "$dir"
  cat >"$dir/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
CONF
  cat >"$dir/log4j.properties" <<'CONF'
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %p %c %m%n
CONF
  if [ ! -f "$dir/data/meta.properties" ]; then
    kafka_java "$dir" kafka.tools.StorageTool format -c "$dir/server.properties" -t "$(kafka_java "$dir" kafka.tools.StorageTool random-uuid 2>/dev/null)" \
      >"$1/log/kafka-format.log" 2>&1 || { cat "$1/log/kafka-format.log" >&2; fail "Kafka's storage could not be formatted"; }
  fi
}

# The first of the two compilers alone: a stack lives for minutes, in which the second would take a tenth of a small machine.
KAFKA_JVM=(-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1)

kafka_java() {
  local dir=$1
  shift
  java "${KAFKA_JVM[@]}" -Dlog4j.configuration="file:$dir/log4j.properties" -cp "$KAFKA_LIB/*" "$@"
}

# kafka_start DIR PORT: starts it if it does not run and waits until it answers; the address stands in DIR/run/broker.address.
kafka_start() {
  local dir=$1 port=$2 until=$((SECONDS + STACK_START_SECONDS))
  echo "127.0.0.1:$port" >"$dir/run/broker.address"
  stack_running broker && return 0
  kafka_install
  kafka_configure "$dir" "$port"
  (
    exec setsid nohup java "${KAFKA_JVM[@]}" -Dlog4j.configuration="file:$dir/kafka/log4j.properties" -cp "$KAFKA_LIB/*" \
      kafka.Kafka "$dir/kafka/server.properties" </dev/null >>"$dir/log/broker.log" 2>&1
  ) &
  echo $! >"$dir/run/broker.pid"
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    if [ $SECONDS -ge $until ] || ! stack_running broker; then
      tail -5 "$dir/log/broker.log" >&2
      fail "Kafka did not start"
    fi
    sleep 0.1
  done
}
