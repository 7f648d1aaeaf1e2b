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
# It needs neither root nor a Debian 12 system, only apt, whose own package lists it leaves alone. Where apt has
# no Debian mirror, name one: DEBIAN_MIRROR=http://HOST/debian tests/bench/fetch-corpus.sh
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
  for pid in "$scratch/nginx/pid" "$scratch/postgresql/postmaster.pid"; do
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

# PostgreSQL refuses to run as root: a user namespace gives it another number.
postgres_run() {
  local as=() bin
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ "$(id -u)" = 0 ] && as=(unshare --map-user=1000 --map-group=1000)
  "${as[@]}" "$bin/$1" "${@:2}"
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

make_json_flights() { cat "$(npm_package vega-datasets)/data/flights-200k.json"; }
make_json_browser_compat() { cat "$(npm_package @mdn/browser-compat-data)/data.json"; }
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
