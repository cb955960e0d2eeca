using Gateway.Configuration;
using Gateway.Readiness;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>What the gateway's table holds.</summary>
/// <param name="Programs">The programs that new connections are forwarded to, by the address that clients dial.</param>
/// <param name="Kept">All addresses of the gateway: a connection to one of these is not one to every address at the same port.</param>
internal sealed record BridgeContent(IReadOnlyDictionary<ListenAddress, BridgedProgram> Programs, IReadOnlyCollection<ListenAddress> Kept);
