using System.Runtime.InteropServices;

namespace Gateway.Restart;

/// <summary>What gateways tell each other over a restart. keep.c has the same numbers.</summary>
internal enum FrameKind : uint
{
    /// <summary>From the next gateway: it asks for what the one before it has. The body is a <see cref="Hello"/>.</summary>
    Hello = 1,

    /// <summary>From the keeper, which asks for everything.</summary>
    Keep = 2,

    /// <summary>To the next gateway: the sockets. The body is a <see cref="SocketList"/>, and the descriptors are in its order. Nobody accepts from here on.</summary>
    Sockets = 3,

    /// <summary>To the next gateway: it gets nothing.</summary>
    Refused = 4,

    /// <summary>From the next gateway: it listens, so the one before it ends.</summary>
    Ready = 5,

    /// <summary>To the next gateway: an instance. The body is a <see cref="InstanceFacts"/>.</summary>
    Instance = 6,

    /// <summary>To the next gateway: there are no more instances.</summary>
    End = 7,

    /// <summary>To the next gateway: what it asked for has just been given to the keeper, which it reaches by connecting again.</summary>
    Again = 8,
}

/// <summary>A message between gateways.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Body">JSON, or nothing.</param>
/// <param name="Descriptors">The descriptors that came with it, which the receiver owns.</param>
internal sealed record Frame(FrameKind Kind, byte[] Body, IReadOnlyList<SafeHandle> Descriptors)
{
    /// <summary>Closes the descriptors of a message that nothing can be made of: clients would wait in a listening socket that nobody knows of.</summary>
    public void Close()
    {
        foreach (var descriptor in Descriptors)
        {
            descriptor.Dispose();
        }
    }
}
