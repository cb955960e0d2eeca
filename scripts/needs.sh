# Sourced by run, test and bench: what the machine needs, installed when missing.
# shellcheck shell=bash

# need PROGRAM-OR-FILE PACKAGE: remembers the package if the program or file is not there.
missing=()
need() {
	case $1 in
		/*) compgen -G "$1" >/dev/null || missing+=("$2") ;;
		*) command -v "$1" >/dev/null || missing+=("$2") ;;
	esac
}

install_missing() {
	[ ${#missing[@]} -eq 0 ] && return
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		echo "Missing: ${missing[*]}. Install them (Debian's package names), or run this as root on Debian or Ubuntu." >&2
		exit 1
	fi
	echo "Installing ${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2
	# A server that comes along must not start to serve (Debian's policy-rc.d: 101 forbids it).
	local policy=/usr/sbin/policy-rc.d status=0
	if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; fi
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || status=$?
	[ -z "$policy" ] || rm -f "$policy"
	[ "$status" = 0 ] || exit "$status"
	missing=()
}

need_dotnet() {
	if ! command -v dotnet >/dev/null; then
		echo "The .NET SDK 10 is missing: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
		exit 1
	fi
}

# To build the gateway: its kernel programs and what starts its process functions are C for clang.
need_gateway_tools() {
	need_dotnet
	compgen -c clang | grep -E '^clang(-[0-9]+)?$' >/dev/null || missing+=(clang)
	need /usr/include/bpf/bpf_helpers.h libbpf-dev
	need '/usr/include/linux/bpf.h' linux-libc-dev
	need '/usr/lib/*/libc.a' libc6-dev
}

# need_cross_tools MACHINE: what links C programs of that machine, if it is another one than this. It may be called x64 or arm64, as .NET, Debian and the kernel call it, or nothing.
need_cross_tools() {
	local other
	case $1 in
		x64 | amd64 | x86_64) other=x86_64 ;;
		arm64 | aarch64) other=aarch64 ;;
		*) return 0 ;;
	esac
	[ "$other" != "$(uname -m)" ] || return 0
	need "$other-linux-gnu-gcc" "gcc-${other/_/-}-linux-gnu"
	if [ $other = x86_64 ]; then need /usr/x86_64-linux-gnu/lib/libc.a libc6-dev-amd64-cross; else need /usr/aarch64-linux-gnu/lib/libc.a libc6-dev-arm64-cross; fi
}

# To build and run it all: the samples are C for cc.
need_build_tools() {
	need_gateway_tools
	need '/usr/lib/*/libbpf.so.1' libbpf1
	need cc gcc
	need setsid util-linux
	need curl curl
	need openssl openssl
}

# For a client behind a delayed link.
need_lab_client_tools() {
	need_gateway_tools
	need curl curl
	need ip iproute2
	need nsenter util-linux
}

# To test and to measure: namespaces, an engine, clients.
need_lab_tools() {
	need_build_tools
	need ip iproute2
	need nsenter util-linux
	need dockerd docker.io
	need docker-compose docker-compose
	need docker-init tini
	need docker-registry docker-registry
	need podman podman
	need runc runc
	need conmon conmon
	need /usr/lib/cni/bridge containernetworking-plugins
	need iptables iptables
	need nft nftables
	need conntrack conntrack
	need promtool prometheus
	need bpftool bpftool
	need busybox busybox-static
	need redis-server redis-server	# with its own clients: what speaks no HTTP
	need redis-cli redis-tools
	need dpkg-deb dpkg	# unpacks the packages of real programs, and of kernels
	need ping iputils-ping
	need ps procps
	need zsh zsh
	need chromium chromium
	need /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
	need systemd-analyze systemd	# judges the unit; nothing of it runs
}

# To test on other kernels: an emulator, what shares files with it, and what unpacks Debian's kernels for it.
need_machine_tools() {
	need qemu-system-x86_64 qemu-system-x86
	need cpio cpio
	need crun crun
	need depmod kmod
	need xz xz-utils
	need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
}

# To test the packages in long runs: Debian itself, what judges packages, and an emulator of the other machine.
need_package_tools() {
	need debootstrap debootstrap
	need lintian lintian
	need qemu-aarch64-static qemu-user-static
	need /usr/aarch64-linux-gnu/lib/libstdc++.so.6 libstdc++6-arm64-cross
	need_cross_tools arm64
}

# To test real programs by their own clients in long runs.
need_client_tools() {
	need '/usr/lib/postgresql/*/bin/pgbench' postgresql
	need mariadbd mariadb-server
	need mariadb-slap mariadb-client
	need sshd openssh-server
	need ssh openssh-client
	need nginx nginx-light
	need /usr/lib/python3/dist-packages/aiosmtpd python3-aiosmtpd
	need runuser util-linux
}

# Comes with QEMU in Debian 12, in a package of its own later: called when QEMU is there.
need_file_server() {
	[ -e /usr/lib/qemu/virtiofsd ] || need /usr/libexec/virtiofsd virtiofsd
}

# To build the documentation's site.
need_site_tools() {
	need /usr/bin/mkdocs mkdocs
	need /usr/share/mkdocs/themes/material/main.html mkdocs-material
}

# To measure: also load generators, and the proxies to compare with.
need_bench_tools() {
	need_lab_tools
	need wrk wrk
	need h2load nghttp2-client
	need nginx nginx-light
	need /usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream
	need haproxy haproxy
	need taskset util-linux
	need /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf fonts-dejavu-core
}
