#!/usr/bin/env bash
# Records a camera raw, as frames, until Ctrl-C or for some SECONDS:
#
#     examples/record-camera.sh FILE [SECONDS [DEVICE]]
#
# DEVICE is a V4L2 device (/dev/video0); without one, or where there is none, a test picture is recorded. What is on
# the disk can be played while this goes on, at any place: examples/seeking-player.py FILE. Needs gst-launch-1.0.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -euo pipefail
file=${1:?a FILE to record to}
seconds=${2:-0}
device=${3:-/dev/video0}
size=width=640,height=480,framerate=30/1
frames=-1  # without end
[ "$seconds" = 0 ] || frames=$((seconds * 30))
if [ -c "$device" ]; then
  source=(v4l2src device="$device" num-buffers="$frames" ! videoconvert ! "video/x-raw,format=I420,$size")
else
  echo "there is no $device: a test picture is recorded" >&2
  source=(videotestsrc num-buffers="$frames" is-live=true pattern=ball ! "video/x-raw,format=I420,$size")
fi
# A chunk a second at least, so that a crash costs no more. The queue takes what comes while one is compressed.
# Ctrl-C reaches gst-launch-1.0 itself, which ends the recording (-e).
exec gst-launch-1.0 -q -e "${source[@]}" ! queue max-size-bytes=64000000 ! \
  sigmaenc max-latency=1000000000 threads=2 ! filesink location="$file"
