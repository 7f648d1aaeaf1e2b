#!/usr/bin/env bash
# Builds the benchmark corpus that tests/bench/corpus.tsv lists, from packages of Debian 12 and npm and from
# the output of programs:
#
#     tests/bench/fetch-corpus.sh [FOLDER]      (default: ~/.cache/sigma-bench/corpus)
#
# A set becomes FOLDER/class/name. A set that is there and right is left alone, so the script may be stopped
# and run again. Exit status 1 says that a set is missing or differs from the manifest; the last lines say which.
#
# A manifest line with "generated" for a checksum is the output of programs that never repeat themselves, such as
# logs with times: only its size is fixed.
#
# Servers that write logs run privately, on Unix sockets or the loopback network, and end with the run.
#
# It needs neither root nor a Debian 12 system, only apt, whose own package lists it leaves alone. Where apt has
# no Debian mirror, name one: DEBIAN_MIRROR=http://HOST/debian tests/bench/fetch-corpus.sh
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u  # neither -e nor pipefail: cutting a set to size ends its producer early; size and checksum judge the set
export LC_ALL=C
umask 022
manifest=$(cd "$(dirname "$0")" && pwd)/corpus.tsv
folder=${1:-$HOME/.cache/sigma-bench/corpus}
mkdir -p "$folder" && folder=$(cd "$folder" && pwd) || exit 1
downloads=$folder/downloads  # kept until every set is right
unpacked=$folder/unpacked    # emptied after each set
scratch=$(mktemp -d)         # sockets need a short path
trap clean EXIT
trap 'exit 130' INT TERM HUP
export GST_REGISTRY=$scratch/gst-registry GST_REGISTRY_FORK=no

# clean: also stops the servers that an interrupted run leaves behind.
clean() {
  local pid
  for pid in "$scratch"/*/pid "$scratch/postgresql/postmaster.pid"; do
    [ -s "$pid" ] && kill "$(head -n 1 "$pid")"
  done
  rm -rf "$scratch" "$unpacked"
}

# ---- Packages ----------------------------------------------------------------------------------------------

# private_apt COMMAND...: runs an apt command with package lists of our own: Debian 12 for amd64 and arm64.
private_apt() {
  local command=$1 apt=$downloads/apt
  shift
  "$command" -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" \
    -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 "$@"
}

debian_mirror() {
  if [ -n "${DEBIAN_MIRROR:-}" ]; then
    echo "$DEBIAN_MIRROR"
  else
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/*$'
  fi
}

# update_lists: fetches the package lists, once a run.
update_lists() {
  local apt=$downloads/apt mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -f "$scratch/updated" ] && return
  mirror=$(debian_mirror) || { echo 'apt knows no Debian mirror: set DEBIAN_MIRROR' >&2; return 1; }
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" && : >"$apt/status"
  [ -f "$keyring" ] && keyring="[signed-by=$keyring]" || keyring=
  echo "deb $keyring $mirror bookworm main" >"$apt/sources.list"
  private_apt apt-get update -qq >&2 && touch "$scratch/updated"
}

# version KIND NAME SEPARATOR: the version that the current set's sources give for a package.
version() {
  tr , '\n' <<<"$sources" | grep -F -m 1 "$1:$2$3" | cut -c $((${#1} + ${#2} + 3))-
}

# fetch FOLDER COMMAND...: runs COMMAND in a new folder, which gets the name FOLDER when a file came.
fetch() {
  local target=$1
  shift
  rm -rf "$target.part"
  mkdir -p "$target.part"
  (cd "$target.part" && "$@" >/dev/null 2>&1)
  [ -n "$(ls "$target.part")" ] && mv "$target.part" "$target"
}

# deb_file NAME: downloads the Debian package NAME (or NAME:arm64) and prints the path of its file. An old
# version may be gone from the mirror: then the newest takes its place, and the checksum will tell.
deb_file() {
  local wanted target
  wanted=$(version deb "$1" =)
  target=$downloads/deb/$1=$wanted
  if [ ! -d "$target" ]; then
    update_lists || return
    fetch "$target" private_apt apt-get download "$1=$wanted" || target=$downloads/deb/$1=newest
    if [ ! -d "$target" ]; then
      fetch "$target" private_apt apt-get download "$1" || { echo "no package $1" >&2; return 1; }
    fi
  fi
  [ "$target" = "$downloads/deb/$1=newest" ] && echo "$1 is no longer $wanted" | tee -a "$scratch/replaced" >&2
  ls "$target"/*.deb
}

# deb NAME: unpacks a Debian package and prints the folder.
deb() {
  local file target=$unpacked/$1
  if [ ! -d "$target" ]; then
    file=$(deb_file "$1") || return
    mkdir -p "$target" && dpkg-deb --extract "$file" "$target" || return
  fi
  echo "$target"
}

# npm_package NAME: unpacks an npm package and prints the folder.
npm_package() {
  local wanted target=$unpacked/npm-${1//\//-} archive
  wanted=$(version npm "$1" @)
  archive=$downloads/npm/${1//\//-}@$wanted
  if [ ! -d "$archive" ]; then
    fetch "$archive" npm pack --silent --cache "$downloads/npm-cache" "$1@$wanted" ||
      { echo "no npm package $1@$wanted" >&2; return 1; }
  fi
  [ -d "$target" ] || { mkdir -p "$target" && tar -xzf "$archive"/*.tgz -C "$target"; } || return
  echo "$target/package"
}

# ---- Tools for sets ----------------------------------------------------------------------------------------

# join FOLDER TEST...: the files of FOLDER for which find's TESTs hold, joined in the order of their names.
join() {
  local from=$1
  shift
  (cd "$from" && find . -type f \( "$@" \) -print0 | sort -z | xargs -0 cat)
}

# archive FOLDER TEST...: a tar of them that depends on names and contents only.
archive() {
  local from=$1
  shift
  (cd "$from" && find . -type f \( "$@" \) -print0 | sort -z | tar --create --file=- --null --no-recursion \
    --files-from=- --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 --format=ustar)
}

# wav_samples: the samples of the WAV files whose paths stdin gives, a path a line.
wav_samples() {
  python3 -c '
import struct, sys
for path in sys.stdin.read().splitlines():
    data = open(path, "rb").read()
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"data":
            sys.stdout.buffer.write(data[position:position + size])
        position += size + size % 2'
}

# flac_samples: the same for FLAC files.
flac_samples() {
  local path
  while read -r path; do
    gst-launch-1.0 -q filesrc location="$path" ! flacparse ! flacdec ! fdsink fd=3 3>&1 >&2 </dev/null || break
  done
}

# frames FILE [CROP]: the decoded frames of a video as I420, cropped, never scaled.
frames() {
  gst-launch-1.0 -q filesrc location="$1" ! decodebin ! videoconvert ! videocrop ${2:-} ! \
    video/x-raw,format=I420 ! fdsink fd=3 3>&1 >&2
}

# swapped SIZE: stdin with the bytes of each number of SIZE bytes in reverse order.
swapped() {
  python3 -c '
import array, sys
numbers = array.array({2: "h", 4: "i", 8: "q"}[int(sys.argv[1])], sys.stdin.buffer.read())
numbers.byteswap()
sys.stdout.buffer.write(numbers.tobytes())' "$1"
}

# until_full FILE COMMAND...: repeats COMMAND until FILE is as long as the set, then prints FILE.
until_full() {
  local file=$1 round
  shift
  for round in $(seq 200); do
    "$@" "$round" >/dev/null 2>&1
    [ -f "$file" ] && [ "$(stat -c %s "$file")" -ge "$bytes" ] && break
  done
  cat "$file"
}

# libraries NAME...: the folders with the libraries of Debian packages, for LD_LIBRARY_PATH.
libraries() {
  local name
  for name; do printf '%s:' "$(deb "$name")"/{usr/,}lib/x86_64-linux-gnu; done
}

# python_modules NAME...: the same for Python, for PYTHONPATH.
python_modules() {
  local name
  for name; do printf '%s:' "$(deb "$name")/usr/lib/python3/dist-packages"; done
}

# serve NAME COMMAND...: starts a server in the background, whose output becomes $scratch/NAME/output.
serve() {
  local server=$scratch/$1
  shift
  mkdir -p "$server"
  "$@" </dev/null >"$server/output" 2>&1 &
  echo $! >"$server/pid"
}

# stop NAME: ends that server and waits until it has written everything.
stop() {
  local process
  process=$(cat "$scratch/$1/pid")
  rm "$scratch/$1/pid"
  kill "$process" && wait "$process"
}

free_port() {
  python3 -c '
import socket
with socket.socket() as connection:
    connection.bind(("127.0.0.1", 0))
    print(connection.getsockname()[1])'
}

# ---- Sets: make_CLASS_NAME writes the set to stdout, at least as many bytes as the manifest says ----------------

make_text_perl_pods() { join "$(deb perl-doc)" -name '*.pod'; }
make_text_dictionary() { gzip -dc <"$(deb dict-gcide)/usr/share/dictd/gcide.dict.dz"; }

make_text_translations() {
  local language
  for language in de es fr it ja pt-br zh-cn zh-tw; do
    gzip -dc "$(deb debian-reference-$language)/usr/share/debian-reference/debian-reference.$language.txt.gz"
  done
}

make_logs_gcc_tests() { xz -dc "$(deb gcc-12-test-results)/usr/share/doc/gcc-12-base/test/jit.log.xz"; }

make_logs_gdb_tests() { gzip -dc "$(deb gdb)/usr/share/doc/gdb/check.log.gz"; }

make_logs_gst_debug() {
  GST_DEBUG=6 GST_DEBUG_NO_COLOR=1 gst-launch-1.0 \
    audiotestsrc num-buffers=2000 ! audioconvert ! audioresample ! flacenc ! queue ! mux. \
    videotestsrc num-buffers=1000 ! videoconvert ! jpegenc ! queue ! mux. matroskamux name=mux ! fakesink 2>&1
}

traced_commands() {
  strace -f -tt -A -o "$scratch/strace" bash -c '
    python3 -c "import json, http.client, xml.dom.minidom, sqlite3"
    find /usr/share/doc -maxdepth 1 -newer /etc/passwd | head -n 200 | sort -r | uniq -c | wc -l
    find /usr/bin -type f | head -n "$((20 * $1))" | tail -n 20 | xargs sha256sum
    tar -czf /dev/null /etc/default
    for name in a b c d e; do echo "$name" >"$0/$name"; mv "$0/$name" "$0/${name}2"; rm "$0/${name}2"; done
    gst-inspect-1.0 queue' "$scratch" "$1"
}
make_logs_strace() { until_full "$scratch/strace" traced_commands; }

# PostgreSQL refuses to run as root, and Exim would become another user: a user namespace gives them another number.
as_user=()
[ "$(id -u)" = 0 ] && as_user=(unshare --map-user=1000 --map-group=1000)
postgres_run() {
  local bin
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  "${as_user[@]}" "$bin/$1" "${@:2}"
}
bench_transactions() { postgres_run pgbench -h "$scratch" -n -c 4 -t 250 -b tpcb-like@3 -b select-only@2 bench; }
make_logs_postgresql() {
  local data=$scratch/postgresql
  {
    postgres_run initdb -D "$data" -U bench -A trust
    postgres_run pg_ctl -D "$data" -w -l "$scratch/postgresql.log" -o "-k $scratch -h '' -c fsync=off \
      -c log_statement=mod -c log_min_duration_statement=0 -c log_connections=on -c log_checkpoints=on \
      -c log_line_prefix='%m [%p] %u@%d '" start
    export PGUSER=bench
    postgres_run createdb -h "$scratch" bench
    postgres_run pgbench -h "$scratch" -i -s 5 bench
  } >/dev/null 2>&1
  until_full "$scratch/postgresql.log" bench_transactions
  postgres_run pg_ctl -D "$data" -m immediate stop >/dev/null 2>&1
}

# nginx_log FORMAT SEED: the access log of nginx, which serves real pages to made-up visitors: they come from many
# addresses, prefer some pages, follow links, ask for changes only, and mistype.
nginx_log() {
  local site
  site=$(deb cppreference-doc-en-html)/usr/share/cppreference/doc/html || return
  rm -rf "$scratch/nginx" && mkdir -p "$scratch/nginx"
  cat >"$scratch/nginx/conf" <<END
daemon off;
pid $scratch/nginx/pid;
$([ "$(id -u)" = 0 ] && echo "user root root;")
error_log /dev/null;
events {}
http {
  log_format lines escape=json '{"time":"\$time_iso8601","client":"\$remote_addr","method":"\$request_method",'
    '"uri":"\$uri","query":"\$args","status":\$status,"bytes":\$body_bytes_sent,"referrer":"\$http_referer",'
    '"agent":"\$http_user_agent","seconds":\$request_time,"connection":\$connection,"request":"\$request_id"}';
  access_log $scratch/nginx/access.log $1;
  client_body_temp_path $scratch/nginx; proxy_temp_path $scratch/nginx; fastcgi_temp_path $scratch/nginx;
  uwsgi_temp_path $scratch/nginx; scgi_temp_path $scratch/nginx;
  keepalive_requests 100000;
  server {
    listen unix:$scratch/nginx/socket;
    root "$site";
    set_real_ip_from unix:;
    real_ip_header X-Forwarded-For;
  }
}
END
  "$(deb nginx)/usr/sbin/nginx" -p "$scratch/nginx/" -c "$scratch/nginx/conf" >/dev/null 2>&1 &
  python3 - "$site" "$scratch/nginx" "$bytes" "$2" <<'END' >&2
import os, random, socket, sys, time
site, folder, size, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(seed)
pages = sorted(os.path.relpath(os.path.join(path, name), site)
               for path, _, names in os.walk(site) for name in names)
chance.shuffle(pages)
agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0",
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/114.0.0.0 Safari/537.36",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
          "Version/16.5 Mobile/15E148 Safari/604.1", "curl/7.88.1", "Wget/1.21.3",
          "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "python-requests/2.28.1"]
visitors = [("%d.%d.%d.%d" % tuple(chance.randrange(1, 255) for _ in range(4)), chance.choice(agents))
            for _ in range(2000)]

def request(last):
    address, agent = visitors[min(int(chance.paretovariate(0.5)), len(visitors)) - 1]
    page = pages[min(int(chance.paretovariate(0.4)), len(pages)) - 1]
    if chance.random() < 0.02:
        page = page[:-3]
    if chance.random() < 0.05:
        page += "?q=%x" % chance.getrandbits(40)
    text = "%s /%s HTTP/1.1\r\nHost: docs.example\r\nX-Forwarded-For: %s\r\nUser-Agent: %s\r\n" % (
        "HEAD" if chance.random() < 0.1 else "GET", page.replace(" ", "%20"), address, agent)
    if chance.random() < 0.5:
        text += "Referer: https://docs.example/%s\r\n" % chance.choice(pages[:500])
    if chance.random() < 0.4:
        text += "If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT\r\n"
    return text + ("Connection: close\r\n\r\n" if last else "\r\n")

started = time.monotonic()
while time.monotonic() - started < 300:
    try:
        if os.path.getsize(folder + "/access.log") >= size:
            break
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(folder + "/socket")
            for left in reversed(range(chance.randrange(1, 40))):
                connection.sendall(request(left == 0).encode())
            while connection.recv(1 << 20):
                pass
    except OSError:
        time.sleep(0.1)
END
  kill $! && wait $!
  cat "$scratch/nginx/access.log"
}
make_logs_nginx() { nginx_log combined 1; }
make_json_nginx_lines() { nginx_log lines 2; }

# Name lookups of a household that reads news: a cache asks a second server, which knows the sites and the trackers
# that Privacy Badger met there, or blocks them.
make_logs_dnsmasq() {
  local dnsmasq names port server=$scratch/dnsmasq library_path
  dnsmasq=$(deb dnsmasq-base)/usr/sbin/dnsmasq
  names=$(deb webext-privacy-badger)/usr/share/webext/privacy-badger/data/seed.json || return
  library_path=$(libraries libnetfilter-conntrack3 libnftables1 libnftnl11 libnfnetlink0 libmnl0 libjansson4 \
    libxtables12 libdbus-1-3)
  port=$(free_port)
  mkdir -p "$server"
  cat >"$server/client" <<'END'
import json, os, random, socket, struct, sys, time
_, names, folder, port, size = sys.argv
port, size = int(port), int(size)
chance = random.Random(3)
snitches = json.load(open(names))["snitch_map"]
sites = {}
for tracker, met in snitches.items():
    for site in met:
        sites.setdefault(site, []).append(tracker)
hosts = sorted(set(snitches) | set(sites) | {"www." + site for site in sites})
if size == 0:
    with open(folder + "/hosts", "w") as hosts_file, open(folder + "/blocked", "w") as blocked:
        for host in hosts:
            if host in sites and chance.random() < 0.2:
                continue
            for _ in range(min(int(chance.paretovariate(1)), 6)):
                hosts_file.write("%d.%d.%d.%d %s\n" % (*(chance.randrange(1, 255) for _ in range(4)), host))
            if chance.random() < 0.5:
                hosts_file.write("2a%02x:%x::%x %s\n" % (chance.randrange(256), chance.getrandbits(16),
                                                         chance.getrandbits(32), host))
            if host in snitches and chance.random() < 0.1:
                blocked.write("address=/%s/%s\n" % (host, chance.choice(["", "0.0.0.0"])))
    sys.exit()
clients = ["127.0.%d.%d" % (chance.randrange(1, 4), chance.randrange(1, 255)) for _ in range(40)]

def ask(client, name, kind):
    question = b"".join(bytes([len(part)]) + part for part in name.encode("idna").split(b".")) + b"\0"
    query = struct.pack(">6H", chance.getrandbits(16), 0x100, 1, 0, 0, 0) + question + struct.pack(">2H", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.bind((client, 0))
        connection.connect(("127.0.0.1", port))
        connection.settimeout(0.5)
        connection.send(query)
        try:
            connection.recv(4096)
        except OSError:
            pass

favourites = sorted(sites)
chance.shuffle(favourites)
started = time.monotonic()
while time.monotonic() - started < 120 and not (
        os.path.exists(folder + "/log") and os.path.getsize(folder + "/log") >= size):
    client = clients[min(int(chance.paretovariate(0.6)), len(clients)) - 1]
    time.sleep(chance.expovariate(300))
    if chance.random() < 0.1:
        ask(client, "%d.%d.%d.%d.in-addr.arpa" % tuple(chance.randrange(1, 255) for _ in range(4)), 12)
        continue
    site = favourites[min(int(chance.paretovariate(0.3)), len(favourites)) - 1]
    if chance.random() < 0.02:
        site = site[1:]
    page = ["www." + site if chance.random() < 0.7 else site] + sites.get(site, [])
    for name in page[:chance.randrange(1, 12)]:
        for kind, share in (1, 0.9), (28, 0.5), (65, 0.3), (16, 0.01), (15, 0.01):
            if chance.random() < share:
                ask(client, name, kind)
END
  python3 "$server/client" "$names" "$server" "$port" 0 || return
  LD_LIBRARY_PATH=$library_path serve dnsmasq-upstream "$dnsmasq" --keep-in-foreground --conf-file=/dev/null \
    --no-resolv --no-hosts --addn-hosts="$server/hosts" --local-ttl=3 --address=/#/ --pid-file= --user="$(id -un)" \
    --port="$port" --listen-address=127.0.0.2,127.0.0.3 --bind-interfaces
  LD_LIBRARY_PATH=$library_path serve dnsmasq "$dnsmasq" --keep-in-foreground --conf-file="$server/blocked" \
    --no-resolv --no-hosts --server="127.0.0.2#$port" --server="127.0.0.3#$port" --pid-file= --user="$(id -un)" \
    --port="$port" --listen-address=127.0.0.1 --bind-interfaces --log-queries=extra --log-facility="$server/log" \
    --cache-size=1000 --bogus-priv
  python3 "$server/client" "$names" "$server" "$port" "$bytes"
  stop dnsmasq
  stop dnsmasq-upstream
  cat "$server/log"
}

# The directory of a company, whose staff have the names of film directors: its machines look people and groups up,
# people log in, some mistype, and now and then an account changes.
make_logs_slapd() {
  local slapd movies port server=$scratch/slapd
  slapd=$(deb slapd) && movies=$(npm_package vega-datasets)/data/movies.json || return
  port=$(free_port)
  mkdir -p "$server/data"
  printf 'include %s.schema\n' "$slapd"/etc/ldap/schema/{core,cosine,nis,inetorgperson} >"$server/conf"
  cat >>"$server/conf" <<END
modulepath $slapd/usr/lib/ldap
moduleload back_mdb
database mdb
directory $server/data
suffix dc=films,dc=example
rootdn cn=admin,dc=films,dc=example
rootpw secret
index objectClass,uid,uidNumber,gidNumber,memberUid eq
index cn,sn,mail eq,sub
dbnosync
END
  LD_LIBRARY_PATH=$(libraries slapd libldap-2.5-0 libltdl7 libsasl2-2 libwrap0) serve slapd "$slapd/usr/sbin/slapd" \
    -f "$server/conf" -h "ldap://127.0.0.1:$port" -d stats
  PYTHONPATH=$(python_modules python3-ldap3 python3-pyasn1) python3 - "$movies" "$server/output" "$port" \
    "$bytes" <<'END'
import json, os, random, sys, time
from ldap3 import BASE, Connection, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, Server
movies, log, port, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(4)
directors = sorted({str(movie["Director"]) for movie in json.load(open(movies)) if movie["Director"]})
directors = [name.split() for name in directors if name.isascii() and name.replace(" ", "").isalpha() and " " in name]
base = "dc=films,dc=example"
root = "cn=admin," + base
people, groups = {}, ["camera", "sound", "light", "costumes", "stunts", "cutting", "scripts", "music", "office", "it"]
while len(people) < 3000:
    first, last = chance.choice(directors)[0], chance.choice(directors)[-1]
    login = (first[0] + last).lower() + str(chance.randrange(1, 10) if chance.random() < 0.4 else "")
    people.setdefault(login, (first, last))
logins = list(people)

def place(login):
    return "uid=%s,ou=people,%s" % (login, base)

def connect(user=None, password=None):
    address = "127.0.%d.%d" % (chance.randrange(4), min(int(chance.paretovariate(0.5)), 250))
    connection = Connection(server, user, password, source_address=address)
    connection.bind()
    return connection

def add_person(connection, login):
    first, last = people[login]
    number = 2000 + logins.index(login)
    connection.add(place(login), ["inetOrgPerson", "posixAccount"], {
        "cn": first + " " + last, "sn": last, "givenName": first, "mail": "%s.%s@films.example" % (first, last),
        "uidNumber": number, "gidNumber": 100, "homeDirectory": "/home/" + login, "userPassword": "pw-" + login,
        "loginShell": "/bin/bash"})

def look_up(connection):
    login = chance.choice(logins)
    first, last = people[login]
    search, attributes = chance.choice([
        ("(&(objectClass=posixAccount)(uid=%s))" % login, ["uid", "uidNumber", "gidNumber", "homeDirectory"]),
        ("(&(objectClass=posixAccount)(uidNumber=%d))" % chance.randrange(2000, 5200), ["uid", "gecos", "loginShell"]),
        ("(&(objectClass=posixGroup)(memberUid=%s))" % login, ["cn", "gidNumber"]),
        ("(&(objectClass=posixGroup)(cn=%s))" % chance.choice(groups), ["cn", "memberUid"]),
        ("(mail=%s.%s@films.example)" % (first, last), ["cn", "mail", "telephoneNumber"]),
        ("(|(cn=*%s*)(sn=%s*)(mail=%s*))" % (last[:4], last[:3], first[:4].lower()), ["cn", "mail"]),
        ("(telephoneNumber=%d*)" % chance.randrange(10, 99), ["cn"])])
    connection.search(base, search, attributes=attributes)

server = Server("127.0.0.1", port, get_info=None)
for _ in range(100):
    try:
        connection = connect(root, "secret")
        break
    except Exception:
        time.sleep(0.1)
connection.add(base, ["dcObject", "organization"], {"o": "Films", "dc": "films"})
for unit in "people", "groups":
    connection.add("ou=%s,%s" % (unit, base), "organizationalUnit")
for number, group in enumerate(groups):
    connection.add("cn=%s,ou=groups,%s" % (group, base), "posixGroup", {
        "gidNumber": 100 + number, "memberUid": chance.sample(logins, 200)})
for login in logins[:2000]:
    add_person(connection, login)
machines = [connect() for _ in range(12)]
started = time.monotonic()
while time.monotonic() - started < 120 and os.path.getsize(log) < size:
    for _ in range(chance.randrange(8)):
        look_up(chance.choice(machines))
    login = chance.choice(logins)
    kind = chance.random()
    if kind < 0.6:  # a login finds the entry first, then binds as it
        connection = connect()
        connection.search("ou=people," + base, "(uid=%s)" % login, attributes=["1.1"])
        connection.rebind(place(login), "pw-" + (login if chance.random() < 0.9 else login[1:]))
        if chance.random() < 0.5:
            look_up(connection)
    elif kind < 0.8:
        connection = connect(root, "secret" if chance.random() < 0.95 else "Secret")
        if kind < 0.65:
            add_person(connection, login)
        elif kind < 0.68:
            connection.delete(place(login))
        elif kind < 0.75:
            connection.modify(place(login), {
                "telephoneNumber": [(MODIFY_REPLACE, [str(chance.randrange(10**6))])],
                "loginShell": [(MODIFY_REPLACE, [chance.choice(["/bin/zsh", "/bin/sh"])])]})
        else:
            connection.modify("cn=%s,ou=groups,%s" % (chance.choice(groups), base),
                              {"memberUid": [(chance.choice([MODIFY_ADD, MODIFY_DELETE]), [login])]})
    else:
        connection = connect()
        connection.search(place(login), "(objectClass=*)", BASE, attributes=["*", "+"])
        connection.compare(place(login), "loginShell", "/bin/zsh")
    if chance.random() < 0.9:
        connection.unbind()
    else:
        machines[chance.randrange(len(machines))] = connection
    time.sleep(chance.expovariate(1000))
END
  stop slapd
  cat "$server/output"
}

# The log of slow statements, where slow means all: a shop that sells films to people in towns all over the country.
make_logs_mariadb() {
  local vega program server=$scratch/mariadb
  vega=$(npm_package vega-datasets)/data && program=$(deb mariadb-server-core) || return
  mkdir -p "$server/data"
  LD_LIBRARY_PATH=$(libraries libaio1 liburing2 libnuma1) serve mariadb "$program/usr/sbin/mariadbd" --no-defaults \
    --user="$(id -un)" --datadir="$server/data" --socket="$server/socket" --skip-networking --skip-grant-tables \
    --lc-messages-dir="$program/usr/share/mysql" --character-sets-dir="$program/usr/share/mysql/charsets" \
    --tmpdir="$server" --innodb-flush-log-at-trx-commit=0 --innodb-lock-wait-timeout=1 \
    --slow-query-log --slow-query-log-file="$server/log" --long-query-time=0 --log-slow-rate-limit=1 \
    --log-slow-verbosity=query_plan --log-slow-admin-statements=ON
  PYTHONPATH=$(python_modules python3-pymysql) python3 - "$vega" "$server" "$bytes" <<'END' >&2
import csv, json, os, random, sys, threading, time
import pymysql
vega, folder, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
films = [film for film in json.load(open(vega + "/movies.json")) if film["Title"]]
towns = list(csv.DictReader(open(vega + "/zipcodes.csv")))[::8]
agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0", "curl/7.88.1",
          "Shop/3.1 (Android 13)"]

def connect(user="shop", database="shop"):
    return pymysql.connect(unix_socket=folder + "/socket", user=user, database=database, autocommit=True)

def session(number):
    chance = random.Random(number)

    def some_film():
        return films[min(int(chance.paretovariate(0.3)), len(films)) - 1]

    while full.wait(0) is False:
        connection = connect(chance.choice(["shop", "shop", "shop", "reports", "backup"]))
        cursor = connection.cursor()
        customer = chance.randrange(1, 4000)
        for _ in range(chance.randrange(1, 30)):
            film, town, kind = some_film(), chance.choice(towns), chance.random()
            word = chance.choice(str(film["Title"]).split())
            try:
                if kind < 0.2:
                    cursor.execute("SELECT id, title, price, stock FROM films WHERE title LIKE %s ORDER BY rating DESC "
                                   "LIMIT %s", ("%" + word + "%", chance.choice([10, 20, 50])))
                elif kind < 0.35:
                    cursor.execute("SELECT * FROM films WHERE title = %s", film["Title"])
                    cursor.execute("INSERT INTO visits (customer, page, agent, seen) VALUES (%s, %s, %s, NOW(6))",
                                   (customer, "/film/" + str(film["Title"]).replace(" ", "-"), chance.choice(agents)))
                elif kind < 0.45:
                    cursor.execute("SELECT f.genre, COUNT(*) AS sold, SUM(o.price) AS income\n  FROM orders o\n"
                                   "  JOIN films f ON f.id = o.film\n  JOIN customers c ON c.id = o.customer\n"
                                   " WHERE c.state = %s\n GROUP BY f.genre\n ORDER BY income DESC", town["state"])
                elif kind < 0.6:
                    connection.begin()
                    cursor.execute("SELECT stock FROM films WHERE id = %s FOR UPDATE", films.index(film) + 1)
                    cursor.execute("UPDATE films SET stock = stock - 1 WHERE id = %s", films.index(film) + 1)
                    cursor.execute("INSERT INTO orders (customer, film, price, ordered) VALUES (%s, %s, %s, NOW())",
                                   (customer, films.index(film) + 1, chance.randrange(299, 2999) / 100))
                    connection.commit() if chance.random() < 0.9 else connection.rollback()
                elif kind < 0.7:
                    cursor.execute("INSERT INTO customers (name, mail, zip, city, state, joined) VALUES "
                                   "(%s, %s, %s, %s, %s, CURDATE())", (
                                       "%s %s" % (film["Director"], word), word.lower() + "@mail.example",
                                       town["zip_code"], town["city"], town["state"]))
                elif kind < 0.78:
                    cursor.execute("UPDATE customers SET zip = %s, city = %s, state = %s WHERE id = %s",
                                   (town["zip_code"], town["city"], town["state"], customer))
                elif kind < 0.86:
                    cursor.execute("/* near */ SELECT c.id, c.name, c.city FROM customers c WHERE c.zip BETWEEN %s "
                                   "AND %s AND EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)",
                                   (town["zip_code"], town["zip_code"][:3] + "99"))
                elif kind < 0.9:
                    cursor.execute("SELECT director, AVG(rating), MAX(votes) FROM films WHERE released BETWEEN %s "
                                   "AND %s AND genre IN (%s, %s) GROUP BY director HAVING COUNT(*) > 1", (
                                       chance.randrange(1960, 2000), chance.randrange(2000, 2012), film["Major Genre"],
                                       some_film()["Major Genre"]))
                elif kind < 0.93:
                    cursor.execute("DELETE FROM visits WHERE customer = %s", customer)
                elif kind < 0.96:
                    cursor.execute("SET @note = %s, SESSION sort_buffer_size = %s", (
                        film["Distributor"], chance.choice([65536, 262144, 2097152])))
                else:
                    cursor.execute(chance.choice(["SHOW STATUS LIKE 'Threads%'", "SHOW CREATE TABLE films", "SELECT 1",
                                                  "ANALYZE TABLE orders", "SELECT VERSION(), @@session.time_zone"]))
            except pymysql.MySQLError:
                connection.rollback()
            time.sleep(chance.expovariate(300))
        connection.close()

for _ in range(200):
    try:
        connection = connect(database=None)
        break
    except pymysql.MySQLError:
        time.sleep(0.1)
cursor = connection.cursor()
for statement in (
        "CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop",
        "CREATE TABLE films (id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(200), director VARCHAR(100),"
        " genre VARCHAR(50), released INT, rating DOUBLE, votes INT, price DECIMAL(6, 2), stock INT, KEY (title),"
        " KEY (genre, released))",
        "CREATE TABLE customers (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(150), mail VARCHAR(100), zip CHAR(5),"
        " city VARCHAR(60), state CHAR(2), joined DATE, KEY (zip), KEY (state))",
        "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, customer INT, film INT, price DECIMAL(6, 2),"
        " ordered DATETIME, KEY (customer), KEY (film))",
        "CREATE TABLE visits (id INT AUTO_INCREMENT PRIMARY KEY, customer INT, page VARCHAR(255), agent VARCHAR(200),"
        " seen DATETIME(6), KEY (customer))"):
    cursor.execute(statement)
for film in films:
    cursor.execute("INSERT INTO films (title, director, genre, released, rating, votes, price, stock) VALUES "
                   "(%s, %s, %s, %s, %s, %s, 9.99, 1000)", (film["Title"], film["Director"], film["Major Genre"],
                                                            str(film["Release Date"])[-4:], film["IMDB Rating"],
                                                            film["IMDB Votes"]))
full = threading.Event()
sessions = [threading.Thread(target=session, args=(number,)) for number in range(6)]
for thread in sessions:
    thread.start()
started = time.monotonic()
while time.monotonic() - started < 120 and os.path.getsize(folder + "/log") < size:
    time.sleep(0.2)
full.set()
for thread in sessions:
    thread.join()
END
  stop mariadb
  cat "$server/log"
}

# The log of Java itself, which queries large XML files with another garbage collector each time.
java_query() {
  local collectors=(G1 Z Shenandoah Parallel Serial)
  local topics='gc*=debug,gc+phases=trace,safepoint*=debug,class+load,class+unload,jit+compilation=debug'
  "$scratch/java" "-Xmx$((140 + 10 * $1))m" -XX:ActiveProcessorCount=2 "-XX:+Use${collectors[($1 - 1) % 5]}GC" \
    "-Xlog:$topics,exceptions,os+thread,module:file=$scratch/java.log.$1:time,uptime,level,tags:filecount=0" \
    -cp "$scratch/saxon" net.sf.saxon.Query -q:"$scratch/query" '!method=text' -repeat:8
  cat "$scratch/java.log.$1" >>"$scratch/java.log"
}
make_logs_java() {
  local folder
  ln -s "$(deb openjdk-17-jre-headless)/usr/lib/jvm/java-17-openjdk-amd64/bin/java" "$scratch/java"
  ln -s "$(deb libsaxonhe-java)/usr/share/java/Saxon-HE.jar" "$scratch/saxon"
  folder=$(deb libgtk-4-dev)/usr/share/gir-1.0 || return
  cat >"$scratch/query" <<END
declare namespace c = "http://www.gtk.org/introspection/core/1.0";
for \$file in collection("file://${folder// /%20}?select=*.gir"), \$kind in distinct-values(\$file//c:type/@name)
let \$uses := \$file//c:type[@name = \$kind]
order by count(\$uses) descending, \$kind
return concat(\$kind, " ", string-join(
  for \$use in \$uses group by \$owner := string(\$use/ancestor::*[@name][2]/@name) order by \$owner
  return concat(\$owner, ":", count(\$use)), ","))
END
  until_full "$scratch/java.log" java_query
}

# Mail of a company: people who have the names of film directors write to each other and to strangers, whose servers
# defer or refuse some of it; strangers write back, spammers try names, lists multiply messages.
make_logs_exim() {
  local server=$scratch/exim exim movies names port user
  user=$(id -u)
  [ "$user" = 0 ] && user=1000
  exim=$(deb exim4-daemon-light)/usr/sbin/exim4
  names=$(deb webext-privacy-badger)/usr/share/webext/privacy-badger/data/seed.json
  movies=$(npm_package vega-datasets)/data/movies.json || return
  port=$(free_port)
  mkdir -p "$server"/{mail,spool}
  printf '%s:x:%s:%s::/:/bin/sh\n' root 0 0 Debian-exim "$user" "$user" >"$server/passwd"
  printf '%s:x:%s:\n' root 0 mail 8 Debian-exim "$user" >"$server/group"
  cat >"$server/client" <<'END'
import json, os, random, smtplib, socket, socketserver, sys, threading, time
_, movies, names, folder, port, size = sys.argv
port, size = int(port), int(size)
films = [film for film in json.load(open(movies)) if film["Title"]]
directors = sorted({str(film["Director"]) for film in films if film["Director"]})
directors = [name.lower().split() for name in directors if name.isascii() and name.replace(" ", "").isalpha()]
hosts = sorted(json.load(open(names))["snitch_map"])
chance = random.Random(5)
people = sorted({"%s.%s" % (chance.choice(directors)[0], chance.choice(directors)[-1]) for _ in range(600)})
lists = {name: chance.sample(people, chance.randrange(3, 15)) for name in ("all", "press", "crew", "jobs", "shop")}
addresses = ["127.%d.%d.%d" % tuple(chance.randrange(1, 255) for _ in range(3)) for _ in range(500)]

class Stranger(socketserver.StreamRequestHandler):  # the servers of all other domains
    def say(self, text):
        self.wfile.write((text + "\r\n").encode())

    def handle(self):
        host, luck = chance.choice(hosts), chance.random()
        if luck < 0.03:
            return
        self.say("220 mx%d.%s ESMTP" % (chance.randrange(4), host) if luck < 0.95 else "421 %s too busy" % host)
        while line := self.rfile.readline():
            verb, luck = line[:4].upper(), chance.random()
            if verb in (b"EHLO", b"HELO"):
                self.say("250-mx.%s\r\n250-SIZE %d\r\n250 PIPELINING" % (host, chance.randrange(10, 60) << 20))
            elif verb == b"RCPT" and luck < 0.15:
                address = line.split(b"<")[1].split(b">")[0].decode()
                self.say(chance.choice(["550 5.1.1 <%s>: Recipient address rejected: User unknown",
                                        "450 4.2.0 <%s>: Recipient address rejected: Greylisted",
                                        "452 4.2.2 <%s>: mailbox full",
                                        "554 5.7.1 <%s>: Relay access denied"]) % address)
            elif verb == b"DATA":
                self.say("354 go ahead")
                while (line := self.rfile.readline()) and line != b".\r\n":
                    pass
                self.say("250 2.0.0 Ok: queued as %X" % chance.getrandbits(44) if luck < 0.95 else "554 5.7.1 spam")
            else:
                self.say("221 2.0.0 Bye" if verb == b"QUIT" else "250 2.1.0 Ok")
            if verb == b"QUIT":
                break

for number in range(1, 41):
    server = socketserver.ThreadingTCPServer(("127.1.1.%d" % number, port), Stranger)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
open(folder + "/conf", "w").write("""
exim_path = %(exim)s
keep_environment = ^LD_ : ^NSS_WRAPPER
spool_directory = %(folder)s/spool
log_file_path = %(folder)s/%%slog
pid_file_path = %(folder)s/exim.pid
primary_hostname = mail.films.example
qualify_domain = films.example
log_selector = +all -arguments
local_interfaces = 127.0.0.1
daemon_smtp_ports = %(port)d
tls_advertise_hosts =
prdr_enable = false
smtp_accept_max = 50
acl_smtp_helo = helo
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
helo:
  drop condition = ${if match{$sender_helo_name}{\\N^\\d+$\\N}}
       message = a number is no name
  accept
rcpt:
  accept authenticated = *
  deny message = relay not permitted
       !domains = films.example
  deny message = unknown user
       !verify = recipient
  defer message = greylisted, come back later
       condition = ${if <{${eval:$tod_epoch %% 17}}{2}}
  warn log_message = $sender_host_address is listed as dynamic
       condition = ${if match{$sender_host_address}{\\N\\.1\\d+$\\N}}
  accept
data:
  deny message = this looks like spam
       condition = ${if match{$h_subject:}{Winner}}
  warn add_header = X-Spam-Score: ${eval:$message_size %% 70}
       log_message = spam score ${eval:$message_size %% 70} for "$h_subject:"
  accept
begin routers
lists:
  driver = redirect
  domains = films.example
  data = ${lookup{$local_part}lsearch{%(folder)s/lists}}
people:
  driver = accept
  domains = films.example
  local_parts = lsearch;%(folder)s/people
  transport = box
strangers:
  driver = manualroute
  domains = !films.example
  route_data = 127.1.1.${eval:1+${nhash_40:$domain}}
  transport = remote
  self = send
begin transports
box:
  driver = appendfile
  file = %(folder)s/mail/$local_part_data
remote:
  driver = smtp
  port = %(port)d
  allow_localhost
  hosts_try_fastopen =
begin retry
* * F,2h,20s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if eq{$auth3}{pw-$auth2}}
  server_set_id = $auth2
""" % {"exim": os.environ["EXIM"], "folder": folder, "port": port})
with open(folder + "/people", "w") as file:
    file.writelines("%s: %s\n" % (person, person) for person in people)
with open(folder + "/lists", "w") as file:
    file.writelines("%s: %s\n" % (name, ", ".join(members)) for name, members in lists.items())

def someone():
    return "%s@%s" % (chance.choice([chance.choice(people), chance.choice(directors)[-1], "info",
                                     "news-%d" % chance.randrange(10**6)]), chance.choice(hosts))

def write():
    film, inside, kind = chance.choice(films), "films.example", chance.random()
    host = min(int(chance.paretovariate(0.4)), len(addresses)) - 1
    words = (str(film["Title"]) + " " + str(film["Major Genre"])).split()
    subject = chance.choice(["%s", "Re: %s", "Fwd: %s", "[crew] %s", "Invoice for %s", "%s: minutes"]) % film["Title"]
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20, source_address=(addresses[host], 0), local_hostname=(
                "pc%d.films.example" % host if kind < 0.5 else str(host) if kind > 0.99 else hosts[host])) as client:
            sender = someone()
            if kind < 0.5:
                person = chance.choice(people)
                sender = person + "@" + inside
                client.login(person, "pw-" + (person if chance.random() < 0.97 else "x"))
            for _ in range(1 if chance.random() < 0.8 else chance.randrange(2, 5)):
                to = [chance.choice(people) + "@" + inside for _ in range(min(int(chance.paretovariate(1.5)), 9))]
                if chance.random() < 0.06:
                    to.append(chance.choice(list(lists)) + "@" + inside)
                if chance.random() < (0.6 if kind < 0.5 else 0.02):
                    to.append(someone())
                if kind > 0.9:
                    to = [chance.choice(directors)[0] + "@" + inside for _ in range(chance.randrange(1, 6))]
                    subject = "Winner of " + subject
                body = " ".join(chance.choice(words) for _ in range(min(int(10 * chance.paretovariate(0.8)), 3000)))
                header = "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%x.%d@%s>\r\n\r\n"
                client.sendmail(sender, to, (header + "%s\r\n") % (
                    sender, to[0], subject.encode("ascii", "replace").decode(), chance.getrandbits(48), host,
                    chance.choice(hosts) if kind >= 0.5 else inside, body))
                time.sleep(chance.expovariate(50))
    except (OSError, smtplib.SMTPException):
        pass

open(folder + "/ready", "w").close()
started = time.monotonic()

def writer():
    while time.monotonic() - started < 150 and not (
            os.path.exists(folder + "/mainlog") and os.path.getsize(folder + "/mainlog") >= size):
        write()

writers = [threading.Thread(target=writer) for _ in range(24)]
for thread in writers:
    thread.start()
for thread in writers:
    thread.join()
END
  EXIM=$exim serve exim-client python3 "$server/client" "$movies" "$names" "$server" "$port" "$((bytes * 7 / 6))"
  while [ ! -e "$server/ready" ] && kill -0 "$(cat "$scratch/exim-client/pid")"; do sleep 0.1; done
  LD_LIBRARY_PATH=$(libraries libnss-wrapper libgnutls-dane0 libunbound8 libevent-2.1-7 libidn12) \
    LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=$server/passwd NSS_WRAPPER_GROUP=$server/group \
    serve exim "${as_user[@]}" "$exim" -C "$server/conf" -bdf -q15s
  wait "$(cat "$scratch/exim-client/pid")"
  rm "$scratch/exim-client/pid"
  stop exim
  while grep -qas "$server/[c]onf" /proc/[0-9]*/cmdline; do  # deliveries under way end when their spool is gone
    rm -rf "$server/spool" 2>/dev/null
    sleep 0.2
  done
  grep -v 'exim user lost privilege' "$server/mainlog"  # a line for each process, due to the private configuration
}

# Three ZooKeeper servers, two of which are started again now and then, and services that register themselves, lock,
# queue, watch settings and vanish without a goodbye.
zookeeper_start() {
  serve "zookeeper-$1" "$(deb openjdk-17-jre-headless)/usr/lib/jvm/java-17-openjdk-amd64/bin/java" -Xmx100m \
    -XX:ActiveProcessorCount=2 -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    "-Dlog4j.configuration=file:$scratch/zookeeper/log4j" "-Dlog=$scratch/zookeeper/log" -cp "$2" \
    org.apache.zookeeper.server.quorum.QuorumPeerMain "$scratch/zookeeper/conf-$1"
}
make_logs_zookeeper() {
  local java member classes='' folder=$scratch/zookeeper ports=()
  for java in libzookeeper-java liblog4j1.2-java libdropwizard-metrics-java libcommons-cli-java libcommons-io-java \
    libsnappy-java libnetty-java; do
    classes+="$(deb $java)/usr/share/java/*:"
  done
  java=$(deb libslf4j-java)/usr/share/java || return
  classes+=$java/slf4j-api.jar:$java/slf4j-log4j12.jar
  for member in {1..9}; do ports+=("$(free_port)"); done
  for member in 1 2 3; do
    mkdir -p "$folder/data-$member"
    echo "$member" >"$folder/data-$member/myid"
    cat >"$folder/conf-$member" <<END
tickTime=300
initLimit=10
syncLimit=5
dataDir=$folder/data-$member
clientPort=${ports[$member - 1]}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
4lw.commands.whitelist=*
server.1=127.0.0.1:${ports[3]}:${ports[4]}
server.2=127.0.0.1:${ports[5]}:${ports[6]}
server.3=127.0.0.1:${ports[7]}:${ports[8]}
END
  done
  cat >"$folder/log4j" <<'END'
log4j.rootLogger=DEBUG, FILE
log4j.appender.FILE=org.apache.log4j.FileAppender
log4j.appender.FILE.File=${log}
log4j.appender.FILE.layout=org.apache.log4j.PatternLayout
log4j.appender.FILE.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n
END
  cat >"$folder/client" <<'END'
import json, logging, os, random, socket, sys, threading, time
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError
folder, size, ports = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
logging.disable(logging.CRITICAL)
full = threading.Event()
services = "billing search mail users images sessions reports gateway stock prices audit export".split()

def service(number):
    chance = random.Random(number)
    while not full.is_set():
        name = chance.choice(services)
        client = KazooClient(",".join("127.0.0.1:" + port for port in ports), timeout=chance.choice([2, 3, 5]),
                             read_only=chance.random() < 0.2, randomize_hosts=True)
        try:
            client.start(timeout=10)
            if chance.random() < 0.2:
                client.add_auth("digest", name + ":secret")
            client.ensure_path("/services/%s/instances" % name)
            client.create("/services/%s/instances/host-%03d:" % (name, chance.randrange(200)), json.dumps(
                {"port": chance.randrange(1024, 65536), "version": "1.%d" % chance.randrange(30)}).encode(),
                ephemeral=True, sequence=True)
            client.get_children("/services/%s/instances" % chance.choice(services), watch=lambda event: None)
            for _ in range(chance.randrange(5, 60)):
                other, kind = chance.choice(services), chance.random()
                try:
                    if kind < 0.25:
                        client.get_children("/services/%s/instances" % other, watch=lambda event: None)
                    elif kind < 0.45:
                        path = "/settings/%s/%s" % (other, chance.choice(["limit", "peers", "level", "colour"]))
                        client.exists(path, watch=lambda event: None)
                        client.ensure_path(path)
                        client.set(path, str(chance.getrandbits(chance.randrange(8, 200))).encode())
                    elif kind < 0.6:
                        lock = client.Lock("/locks/" + other, "%s-%d" % (name, number))
                        if lock.acquire(timeout=0.5):
                            time.sleep(chance.expovariate(100))
                            lock.release()
                    elif kind < 0.75:
                        queue = client.Queue("/queues/" + other)
                        queue.put(b"job %x" % chance.getrandbits(64)) if chance.random() < 0.5 else queue.get()
                    elif kind < 0.85:
                        client.get("/settings/%s/%s" % (other, chance.choice(["limit", "peers", "missing"])))
                    elif kind < 0.9:
                        change = client.transaction()
                        change.check("/services/" + name, 0)
                        change.create("/audit/%d-%d" % (number, chance.randrange(10**6)), b"x")
                        change.commit()
                    elif kind < 0.95:
                        client.delete("/settings/%s/%s" % (other, chance.choice(["level", "colour"])))
                    else:
                        client.sync("/services")
                        with socket.create_connection(("127.0.0.1", int(chance.choice(ports))), 2) as question:
                            question.sendall(chance.choice([b"ruok", b"srvr", b"cons", b"wchs", b"GET "]))
                            question.recv(100)
                except (KazooException, OSError):
                    pass
                time.sleep(chance.expovariate(50))
            if chance.random() < 0.2:  # the session runs out
                client._connection._socket.close()
                time.sleep(0.1)
            client.stop()
        except (KazooException, KazooTimeoutError, OSError, AttributeError):
            pass
        client.stop()
        client.close()

threads = [threading.Thread(target=service, args=(number,), daemon=True) for number in range(8)]
for thread in threads:
    thread.start()
started = time.monotonic()
while time.monotonic() - started < 120 and not (
        os.path.exists(folder + "/log") and os.path.getsize(folder + "/log") >= size):
    time.sleep(0.2)
full.set()
for thread in threads:
    thread.join(10)
os._exit(0)
END
  for member in 1 2 3; do zookeeper_start $member "$classes"; done
  PYTHONPATH=$(python_modules python3-kazoo python3-six) serve zookeeper-client python3 "$folder/client" "$folder" \
    "$bytes" "${ports[@]:0:3}"
  while sleep 8 && kill -0 "$(cat "$scratch/zookeeper-client/pid")" 2>/dev/null; do
    member=$((member % 2 + 2))
    stop "zookeeper-$member"
    zookeeper_start $member "$classes"
  done
  rm "$scratch/zookeeper-client/pid"
  for member in 1 2 3; do stop "zookeeper-$member"; done
  cat "$folder/log"
}

make_json_flights() { cat "$(npm_package vega-datasets)/data/flights-200k.json"; }
make_json_browser_compat() { cat "$(npm_package @mdn/browser-compat-data)/data.json"; }
# Borders as numbers: the files are single lines.
make_json_maps() {
  cat "$(npm_package world-atlas)/countries-10m.json" "$(npm_package us-atlas)"/counties{,-albers}-10m.json
}
# What emojis stand for in 35 languages.
make_json_emojis() { join "$(npm_package cldr-annotations-full)/annotations" -path './[d-k]?/*'; }
# What V8 saw while the TypeScript compiler checked a program: a tree of calls, then long lists of numbers.
make_json_cpu_profile() {
  local compiler
  compiler=$(npm_package typescript)/lib || return
  node --cpu-prof --cpu-prof-interval 200 --cpu-prof-dir "$scratch" --cpu-prof-name profile \
    "$compiler/tsc.js" --noEmit --allowJs --checkJs "$compiler/typingsInstaller.js" >&2
  cat "$scratch/profile"
}
# A record a line, from files of different shapes.
make_json_records() {
  local vega iso
  vega=$(npm_package vega-datasets)/data && iso=$(deb iso-codes)/usr/share/iso-codes/json || return
  python3 - "$vega"/{movies,football,jobs,earthquakes}.json "$iso"/iso_{639-3,3166-2,15924,4217}.json <<'END'
import json, sys
for path in sys.argv[1:]:
    records = json.load(open(path, encoding="utf-8"))
    if isinstance(records, dict):
        records = max((value for value in records.values() if isinstance(value, list)), key=len)
    for record in records:
        sys.stdout.buffer.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
END
}

make_csv_vega() { join "$(npm_package vega-datasets)/data" -name '*.csv'; }
make_csv_unicode() { join "$(deb unicode-data)" -name '*.txt' ! -name 'Bidi*Test.txt' ! -name 'NormalizationTest.txt'; }
make_csv_vendors() { join "$(deb ieee-data)" -name '*.csv'; }
# The networks of countries: addresses of version 4 are numbers, those of version 6 are text.
make_csv_geoip() {
  head -c 6000000 "$(deb tor-geoipdb)/usr/share/tor/geoip"
  head -c 6000000 "$(deb tor-geoipdb)/usr/share/tor/geoip6"
}
# Chinese words with their frequency, keys or sound, divided by tabs.
make_csv_input_methods() {
  local name
  for name in rime-essay rime-data-terra-pinyin rime-data-wubi rime-data-jyut6ping3; do
    join "$(deb $name)" -name essay.txt -o -name '*.dict.yaml' ! -name '*.phrase.*'
  done
}
make_csv_statistics() { join "$(deb python3-statsmodels)" -name '*.csv'; }
# What V8 did while the TypeScript compiler checked a program: an event a line, without the lines that hold sources.
make_csv_v8_events() {
  local compiler
  compiler=$(npm_package typescript)/lib || return
  node --log-ic --log-function-events --log-deopt --log-code --logfile="$scratch/events" --no-logfile-per-isolate \
    "$compiler/tsc.js" --noEmit --allowJs --checkJs "$compiler/typingsInstaller.js" >&2
  grep -v -E '^(script-source|code-source-info),' "$scratch/events"
}

make_markup_gir() {
  join "$(deb libgtk-4-dev)" -name '*.gir'
  join "$(deb libgstreamer1.0-dev)" -name '*.gir'
}
make_markup_html() {
  local language
  for language in en fr it ja; do join "$(deb debian-reference-$language)" -name '*.html'; done
}
make_markup_svg() { join "$(deb openclipart-svg)" -name '*.svg' -size -200k; }
make_markup_xml() {
  join "$(deb shared-mime-info)" -name freedesktop.org.xml
  join "$(deb iso-codes)" -name '*.xml'
  join "$(deb gnome-user-docs)" -path '*/gnome-help/*' -name '[p-s]*.page'
}

make_pcm_drums() {
  find "$(deb hydrogen-drumkits)"/usr/share/hydrogen/data/drumkits/{ColomboAcousticDrumkit,Millo-Drums_v.1} \
    -name '*.flac' | sort | flac_samples
}
# stereo_16_bit: the paths from stdin that are FLAC files of 16-bit stereo at 44100 Hz.
stereo_16_bit() {
  local path
  while read -r path; do  # bytes 20 and 21 hold the rate's low 4 bits, channels - 1, bits - 1
    case $(od -An -v -tx1 -j 20 -N 2 "$path" | tr -d ' ') in 42f?) echo "$path" ;; esac
  done
}
make_pcm_loops() {
  find "$(deb sonic-pi-samples)/usr/share/sonic-pi/samples" -name '*.flac' | grep -E '/(ambi|guit|loop)_' | sort |
    stereo_16_bit | flac_samples
}
make_pcm_cymbals_24() {
  find "$(deb hydrogen-drumkits)/usr/share/hydrogen/data/drumkits/ForzeeStereo" -name '*.wav' | sort |
    awk 'NR % 9 == 1' | wav_samples
}
make_pcm_speech() {
  find "$(deb asterisk-core-sounds-en-wav)" -name '*.wav' | sort | wav_samples
}
make_pcm_hold_music() { find "$(deb asterisk-moh-opsound-wav)" -name '*.wav' | sort | wav_samples; }

# skip_frames COUNT: leaves out the first frames of 640x480 I420.
skip_frames() { tail -c +$((640 * 480 * 3 / 2 * $1 + 1)); }

camera() {
  gzip -dc "$(deb opencv-doc)/usr/share/doc/opencv-doc/opencv4/html/$1.mp4.gz" >"$scratch/$1.mp4" &&
    frames "$scratch/$1.mp4"
}
make_video_camera_box() { camera box | skip_frames 100; }
make_video_camera_cup() { camera cup | skip_frames 60; }
make_video_animation() {
  frames "$(deb lebiniou-data)/usr/share/lebiniou/vue/media/lebiniou-2021-06-10_12-34-46.mp4"
}
make_video_screencast() {
  frames "$(deb gnome-user-docs)/usr/share/help/C/gnome-help/figures/display-dual-monitors.webm" \
    'left=192 right=192 top=144 bottom=144' | skip_frames 30
}
make_video_ball() {
  gst-launch-1.0 -q videotestsrc pattern=ball num-buffers=16 ! video/x-raw,format=RGB,width=640,height=480 ! \
    fdsink fd=3 3>&1 >&2
}

ferret() { echo "$(deb ferret-datasets)/usr/share/ferret-vis/data/$1"; }
make_numeric_winds_f32be() { cat "$(ferret monthly_navy_winds.cdf)"; }
# The grids follow the header and the axes, whose numbers have other sizes.
make_numeric_ocean_f32le() { tail -c +5713 "$(ferret levitus_climatology.cdf)" | swapped 4; }
make_numeric_elevation_i16le() {
  tail -c +52553 "$(ferret etopo5.cdf)" | python3 -c '
import array, sys
heights = array.array("f", sys.stdin.buffer.read())
if sys.byteorder == "little":
    heights.byteswap()
whole = array.array("h", [max(-32768, min(32767, round(height))) for height in heights])
if sys.byteorder == "big":
    whole.byteswap()
sys.stdout.buffer.write(whole.tobytes())'
}
make_numeric_spectra_i16be() { cat "$(deb eso-midas-testdata)"/usr/lib/eso-midas/*/test/prim/thar5s.fit; }
make_numeric_images_f64le() { join "$(deb python3-skimage)" -name '*.npy' -size +1000k; }

make_executables_libraries_amd64() { archive "$(deb libwxgtk3.2-1)" -name '*.so*'; }
make_executables_llvm_amd64() { tail -c +40000001 "$(deb libllvm14)"/usr/lib/*/libLLVM-14.so.1; }
make_executables_programs_amd64() {
  archive "$(deb gdb)" -path '*/bin/*'
  archive "$(deb coreutils)" -path '*/bin/*'
}
make_executables_mixed_arm64() {
  archive "$(deb gdb:arm64)" -path '*/bin/*'
  archive "$(deb libwxgtk3.2-1:arm64)" -name '*.so*'
}

# File systems: before them come 300 MB of register tables, which are hardly source.
make_source_linux() { xz -dc "$(deb linux-source-6.1)"/usr/src/linux-source-6.1.tar.xz | tail -c +1100000001; }
make_source_rust() { archive "$(deb rust-src)" -path '*/library/*' -name '*.rs' -size -500k; }
make_source_javascript() { archive "$(npm_package typescript)" -name typescript.js -o -name '*.d.ts'; }

make_incompressible_packages() {
  cat "$(deb_file gdb)" "$(deb_file libwxgtk3.2-1)" "$(deb_file coreutils)" "$(deb_file perl-doc)"
}
make_incompressible_random() {
  openssl enc -aes-128-ctr -nosalt -K 00112233445566778899aabbccddeeff -iv 00000000000000000000000000000000 \
    </dev/zero 2>/dev/null
}

# ---- The run -----------------------------------------------------------------------------------------------

# report_tools: names the programs that some sets need and this system has not.
report_tools() {
  local tool package
  while read -r tool package; do
    command -v "$tool" >/dev/null || echo "no $tool here: some sets will be missing (Debian package $package)"
  done <<'END'
apt-get apt
dpkg-deb dpkg
gst-launch-1.0 gstreamer1.0-tools, gstreamer1.0-plugins-base, -good and -bad
node nodejs
npm npm
openssl openssl
python3 python3
strace strace
unshare util-linux
xz xz-utils
END
  ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 ||
    echo 'no PostgreSQL here: its log will be missing (Debian package postgresql)'
}

# state FILE: right, absent or differs, measured by the manifest's line.
state() {
  if [ ! -f "$1" ]; then
    echo absent
  elif [ "$sha256" = generated ]; then
    [ "$(stat -c %s "$1")" = "$bytes" ] && echo right || echo differs
  else
    [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$sha256" ] && echo right || echo differs
  fi
}

# build: makes the set of the manifest's line. It gets its name when it is whole: as long as the manifest says, or
# made of other package versions than the manifest's, which may be shorter.
build() {
  local file=$folder/$class/$name
  mkdir -p "$folder/$class" "$downloads" "$unpacked"
  rm -f "$scratch/replaced"
  "make_${class}_${name//-/_}" </dev/null 2>"$scratch/errors" | head -c "$bytes" >"$file.part"
  rm -rf "$unpacked"
  if [ "$(stat -c %s "$file.part")" = "$bytes" ] || { [ -s "$file.part" ] && [ -s "$scratch/replaced" ]; }; then
    mv "$file.part" "$file"
  else
    rm "$file.part"
    tail -n 3 "$scratch/errors"
  fi
}

# replaced: the packages of the last set that came in another version.
replaced() { [ ! -f "$scratch/replaced" ] || sort -u "$scratch/replaced" | sed 's/^/; /' | tr -d '\n'; }

report_tools
wrong=()
while IFS=$'\t' read -r -u 9 class name bytes sha256 _ sources; do
  case $class in '#'* | '') continue ;; esac
  file=$folder/$class/$name
  if [ "$(state "$file")" = right ]; then
    echo "$class/$name: there"
    continue
  fi
  build
  result=$(state "$file")
  echo "$class/$name: $result"
  case $result in
    absent) wrong+=("$class/$name is missing") ;;
    differs) wrong+=("$class/$name differs from the manifest$(replaced)") ;;
  esac
done 9<"$manifest"

if [ ${#wrong[@]} -gt 0 ]; then
  printf '%s\n' "${wrong[@]}"
  exit 1
fi
rm -rf "$downloads"
echo "complete: $folder"
