# A ClickHouse server of its own for a test: free port, own folder, one core.
#   clickhouse_start FOLDER   sets ${clickhouse} to its address and ${clickhouse_pid}

clickhouse_start() {
	local folder=$1 port tcp inner i
	read -r port tcp inner < <(python3 - <<-'END'
		import socket
		s = [socket.socket() for _ in range(3)]
		for x in s: x.bind(('127.0.0.1', 0))
		print(*[x.getsockname()[1] for x in s])
	END
	)
	mkdir -p "$folder/data" "$folder/tmp"
	cat >"$folder/users.xml" <<-END
		<yandex>
		  <profiles><default><max_threads>1</max_threads><use_uncompressed_cache>0</use_uncompressed_cache></default></profiles>
		  <users>
		    <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
		    <reader><password>wrong-horse</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></reader>
		  </users>
		  <quotas><default></default></quotas>
		</yandex>
	END
	cat >"$folder/config.xml" <<-END
		<yandex>
		  <logger><level>warning</level><log>$folder/log</log><errorlog>$folder/errors</errorlog></logger>
		  <listen_host>127.0.0.1</listen_host>
		  <http_port>$port</http_port><tcp_port>$tcp</tcp_port><interserver_http_port>$inner</interserver_http_port>
		  <path>$folder/data/</path><tmp_path>$folder/tmp/</tmp_path>
		  <users_config>$folder/users.xml</users_config>
		  <default_profile>default</default_profile><default_database>default</default_database>
		  <mark_cache_size>268435456</mark_cache_size>
		  <remote_servers><two>
		    <shard><replica><host>127.0.0.1</host><port>$tcp</port><default_database>one</default_database></replica></shard>
		    <shard><replica><host>127.0.0.1</host><port>$tcp</port><default_database>two</default_database></replica></shard>
		  </two></remote_servers>
		</yandex>
	END
	clickhouse-server --config-file="$folder/config.xml" >"$folder/out" 2>&1 3>&- &
	clickhouse_pid=$!
	clickhouse=http://127.0.0.1:$port
	for ((i = 0; i < 200; i++)); do
		curl -sf "$clickhouse/ping" >/dev/null && return 0
		kill -0 "$clickhouse_pid" 2>/dev/null || break
		sleep 0.05
	done
	cat "$folder/out" "$folder/errors" >&2
	return 1
}
