using System.Text.Json.Serialization;

namespace Gateway.Restart;

/// <summary>What the next gateway says first.</summary>
/// <param name="TakeOver">Whether a gateway that has not been told to end is to end now.</param>
internal sealed record Hello(bool TakeOver);

/// <summary>The sockets that are handed over. The first descriptor is the socket on which the next gateway is heard, then come these, then the steering's link.</summary>
/// <param name="Names">The sockets' names, as <see cref="Listening.ListeningSockets"/> has them.</param>
/// <param name="HasSteering">Whether the link comes that keeps connections steered until the next gateway steers them itself.</param>
internal sealed record SocketList(IReadOnlyList<string> Names, bool HasSteering);

/// <summary>An instance that is handed over.</summary>
/// <param name="Runtime">The runtime's name.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Facts">What the runtime tells itself, as JSON.</param>
internal sealed record InstanceFacts(string Runtime, string Function, string Facts);

/// <summary>The JSON of the messages.</summary>
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(SocketList))]
[JsonSerializable(typeof(InstanceFacts))]
internal sealed partial class MessageJson : JsonSerializerContext;
