using System.Net;
using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Has what is no use of the function: ignored requests, and connections on which nothing is asked.</summary>
internal sealed partial class Function
{
    /// <summary>Gets the sources whose early signals wake nothing.</summary>
    public QuietSources Quiet { get; } = new();

    /// <summary>Notes a request that the function ignores.</summary>
    /// <param name="source">The address that its connection comes from.</param>
    /// <param name="client">The client's address, which is another one behind a proxy.</param>
    /// <param name="isAtRest">Whether no instance takes it.</param>
    public void NoteIgnored(IPAddress? source, IPAddress? client, bool isAtRest)
    {
        if (isAtRest && !IsRetired)
        {
            _services.Metrics.Signal(Name, SignalKind.Request, SignalOutcome.Ignored);
        }

        // Both are noted, so the operator is not short-circuited.
        TellQuiet((source is not null && Quiet.Note(source)) | (client is not null && Quiet.Note(client)));
    }

    /// <summary>
    /// Notes that a connection which the function was to get a request on has ended without one. If anybody has used the function meanwhile, that means nothing, because browsers open
    /// more connections than they need.
    /// </summary>
    /// <param name="source">The address that the connection comes from.</param>
    /// <param name="client">The client's address, which is another one behind a proxy.</param>
    /// <param name="since">When the connection was accepted, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void NoteSilence(IPAddress? source, IPAddress? client, long since)
    {
        // Arrivals are noted once a second at most.
        if (Volatile.Read(ref _lastArrival) < since - _services.Time.TimestampFrequency)
        {
            TellQuiet((source is not null && Quiet.Note(source)) | (client is not null && Quiet.Note(client)));
        }
    }

    /// <summary>Notes a request that uses the function, so that its client's next SYN wakes it again.</summary>
    public void NoteUse(IPAddress? source, IPAddress? client) => TellQuiet(Quiet.Forget(source) | Quiet.Forget(client));

    /// <summary>Ends the lease of an ignored request.</summary>
    public void ReleaseIgnored(FunctionInstance instance)
    {
        if (instance.ReleaseUnused(_services.Time.GetTimestamp()))
        {
            Reconsider();
        }
    }

    /// <summary>Has it decided again where the function rests.</summary>
    public void Reconsider() => Handle(new FunctionEvent.Reconsidered());

    private void TellQuiet(bool hasChanged)
    {
        if (hasChanged)
        {
            Tell(observer => observer.OnQuiet(this));
        }
    }
}
