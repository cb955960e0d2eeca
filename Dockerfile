# The gateway's image. Nothing is needed beforehand but an engine; BuildKit is not.
#   docker build -t headstart .
# For several machines, with BuildKit, which cross-compiles, and runs only the last stage's few commands in an emulator (qemu-user-static):
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/headstart --push .
# Both bases are Debian or Ubuntu: what they lack (clang, libbpf) comes from their own packages.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0

# BuildKit says on which machine it builds and for which. Where both are empty it is this machine, which is what "linux" alone means.
FROM --platform=${BUILDPLATFORM:-linux} ${SDK_IMAGE} AS build
ARG TARGETARCH
WORKDIR /src
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# Layers from the rarest change to the most frequent: tools, packages, sources.
COPY scripts/needs.sh scripts/publish scripts/
RUN . scripts/needs.sh; need_gateway_tools; need_cross_tools "$TARGETARCH"; install_missing
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY Gateway/Gateway.csproj Gateway/
COPY Gateway/Runtimes/Process/Launcher/Launcher.targets Gateway/Runtimes/Process/Launcher/
COPY Gateway/Restart/Keeper/Keeper.targets Gateway/Restart/Keeper/
COPY Gateway/Runtimes/Engines/Gates/Gate.targets Gateway/Runtimes/Engines/Gates/
COPY LibBpf/LibBpf.csproj LibBpf/
COPY Gateway.Ebpf/Gateway.Ebpf.csproj Gateway.Ebpf/*.targets Gateway.Ebpf/
RUN scripts/publish --for "$TARGETARCH" --restore
COPY . .
RUN scripts/publish --for "$TARGETARCH" /out

FROM ${RUNTIME_IMAGE}
# Not all images have it; libelf and zlib come with it.
RUN ldconfig -p | grep -q 'libbpf\.so\.1 ' \
	|| { apt-get update && apt-get install -y --no-install-recommends libbpf1 && rm -rf /var/lib/apt/lists/*; }
# docker exec GATEWAY headstart ps
RUN ln -s /opt/headstart/Gateway /usr/bin/headstart
COPY --from=build /out /opt/headstart
# No diagnostics socket: /tmp need not be writable. In a container the console logger's colours are noise.
ENV DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0 ASPNETCORE_HTTP_PORTS=

# No USER: an engine gives added capabilities to uid 0 only, and its socket is root's. Drop all other capabilities, as
# docker-compose.yml does: then uid 0 is an owner of files and nothing more.
WORKDIR /etc/headstart
ENTRYPOINT ["/opt/headstart/Gateway", "--contentRoot", "/etc/headstart"]
