using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Readiness;

namespace Gateway.Signals.Direct;

/// <summary>What is known of one function whose connections the kernel may hand over. It is used under the lock of <see cref="DirectConnections"/>.</summary>
internal sealed class DirectFunction(Function function)
{
    public Function Function { get; } = function;

    /// <summary>The options that the addresses are from.</summary>
    public FunctionOptions Options { get; set; } = function.Options;

    /// <summary>A number that grows with each change, so that what was prepared for the state before comes to nothing.</summary>
    public int Change { get; set; }

    /// <summary>Its places in the kernel's map, once it has some.</summary>
    public (int First, int Size)? Places { get; set; }

    /// <summary>The addresses of which the kernel hands over new connections now.</summary>
    public IReadOnlyList<ListenAddress> Addresses { get; set; } = [];

    /// <summary>What counts the connections that are forwarded to its instance now, in a network of its own; null if the kernel hands over sockets instead, or nothing.</summary>
    public ForwardedUse? Forwarded { get; set; }

    /// <summary>Why its connections go through the gateway though it runs, or null if they do not or nothing is known.</summary>
    public string? WhyNot { get; set; }

    /// <summary>What was last told in the log.</summary>
    public string? Told { get; set; }
}
