using System.Diagnostics.CodeAnalysis;
using Gateway.Activation.Core;
using Gateway.Activation.Scaling;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Gives requests their leases, chooses among several instances, and has requests wait for a free place where there is a limit.</summary>
internal sealed partial class Function
{
    /// <summary>
    /// The time in which an instance that has just begun to serve comes to its full part of the requests. So its first ones, for which a program often has
    /// to compile, connect and fill caches, are not as many as the others have.
    /// </summary>
    public static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(5);

    /// <summary>The part of the requests with which it begins.</summary>
    private const double FirstPart = 0.1;

    /// <summary>Gets whether some instances should get no requests as long as others take them: a full one, or one that is surplus.</summary>
    public bool IsSelective => Volatile.Read(ref _load) is not null && (Options.Scale.ConcurrencyLimit is not null || Volatile.Read(ref _surplus) > 0);

    /// <summary>Takes a lease on an instance, which lasts until <see cref="FunctionInstance.Release"/>.</summary>
    /// <param name="instance">An instance of this function, or null if none was found.</param>
    /// <returns>Returns false if there is no instance, if it takes no requests any more or has no free place, or if others have waited for one before.</returns>
    public bool TryLease([NotNullWhen(true)] FunctionInstance? instance) =>
        instance is not null && (Volatile.Read(ref _load) is { } load ? load.Places.IsEmpty && TryTake(instance, load) : instance.TryLease());

    /// <summary>Takes a lease on the instance with the fewest requests of those that have a free place and are not surplus, or if there is none, of those that are.</summary>
    /// <returns>Returns null if none takes a request now, or if others have waited for a place before.</returns>
    public FunctionInstance? LeaseLeastUsed()
    {
        var load = Volatile.Read(ref _load);
        return load is null || load.Places.IsEmpty ? TakeLeastUsed(load, isCounted: true) : null;
    }

    /// <summary>Returns whether an instance takes a request now, has a free place for it, and is not surplus.</summary>
    public bool HasRoom(FunctionInstance instance) => instance is { IsOpen: true, IsSurplus: false } && instance.Leased < Limit(Options.Scale);

    /// <summary>
    /// Waits on behalf of a held request until an instance runs and, if the instances get a limited number of requests, until it has got a place there. Who came
    /// first gets the next place.
    /// </summary>
    /// <param name="signal">The signal of the request.</param>
    /// <param name="place">Has the lease afterwards, if there is a limit and the function runs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<WaitResult> WaitAsync(Signal signal, Place place, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _load) is not { } load || Options.Scale.ConcurrencyLimit is null)
        {
            return await WaitAsync(signal, cancellationToken);
        }

        if (BeginPlace(signal, load, place) is { } told)
        {
            return told;
        }

        try
        {
            return await place.Result.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!load.Places.Remove(place))
        {
            // It has got the place in the same moment.
            place.Lease?.Release(_services.Time.GetTimestamp());
            throw;
        }
        finally
        {
            EndWait(signal, place);
        }
    }

    private WaitResult? BeginPlace(in Signal signal, FunctionLoad load, Place place)
    {
        Step step;
        lock (_gate)
        {
            step = HandleLocked(new FunctionEvent.WaitBegan(signal, IsRequest: true, NeedsPlace: true));
            if (step.Immediate is null)
            {
                place.Since = _services.Time.GetTimestamp();
                load.Places.Add(place);
                NoteWaitLocked(signal);
            }
        }

        Perform();
        if (step.Outcome is { } outcome and not SignalOutcome.Running)
        {
            _services.Metrics.Signal(Name, signal.Kind, outcome);
        }

        TellAwaited(step);
        FillPlaces();
        return step.Immediate;
    }

    // Called without the lock, whenever there may be a free place.
    private void FillPlaces()
    {
        if (Volatile.Read(ref _load) is { Places.IsEmpty: false } load)
        {
            load.Places.Fill(place => TakeFor(place, load));
        }
    }

    private void LetGoPlaces(WaitResult result)
    {
        if (result.IsRunning)
        {
            FillPlaces();
        }
        else
        {
            Volatile.Read(ref _load)?.Places.Fail(result);
        }
    }

    // The lease takes over what the request counts for as one that waits.
    private FunctionInstance? TakeFor(Place place, FunctionLoad load)
    {
        var lease = place.Only is { IsOpen: true } only ? (only.TryLease(Limit(Options.Scale)) ? only : null)
            : TakeLeastUsed(load, isCounted: false);
        if (lease is not null)
        {
            Interlocked.Increment(ref load.Handed);
        }

        return lease;
    }

    private FunctionInstance? TakeLeastUsed(FunctionLoad? load, bool isCounted)
    {
        var running = Volatile.Read(ref _running);
        var limit = Limit(Options.Scale);
        var now = _services.Time.GetTimestamp();
        // The best one may have closed its door, or become full, since it was looked at. Then the next one is the best.
        for (var tries = 0; tries <= running.Length; tries++)
        {
            if (Best(running, limit, now) is not { } best)
            {
                return null;
            }

            if (isCounted && load is not null ? TryTake(best, load) : best.TryLease(limit))
            {
                return best;
            }
        }

        return null;
    }

    // Among equals the oldest one, so that with few requests the young ones come to rest.
    private FunctionInstance? Best(FunctionInstance[] running, int limit, long now)
    {
        FunctionInstance? best = null;
        var least = (IsSurplus: true, Cost: double.PositiveInfinity);
        foreach (var instance in running)
        {
            var leases = instance.Leased;
            if (leases >= limit || !instance.IsOpen)
            {
                continue;
            }

            var cost = (IsSurplus: instance.IsSurplus, Cost: (leases + 1) / PartOf(instance, now));
            if (best is null || cost.CompareTo(least) < 0)
            {
                (best, least) = (instance, cost);
            }
        }

        return best;
    }

    private double PartOf(FunctionInstance instance, long now) =>
        Math.Clamp(_services.Time.GetElapsedTime(instance.OpenedAt, now) / SlowStart, FirstPart, 1);

    private bool TryTake(FunctionInstance instance, FunctionLoad load)
    {
        var scale = Options.Scale;
        if (!instance.TryLease(Limit(scale)))
        {
            return false;
        }

        if (scale.Max > 1 && load.NoteLease(_services.Time.GetTimestamp()))
        {
            // This happens beside the request, and only once for all requests that come meanwhile.
            ThreadPool.UnsafeQueueUserWorkItem(static function => function.Scale(), this, preferLocal: false);
        }

        return true;
    }

    private static int Limit(ScaleOptions scale) => scale.ConcurrencyLimit ?? int.MaxValue;

    /// <summary>Notes that a request has left an instance, for a function that is watched.</summary>
    internal void NoteReleased(FunctionInstance instance, long now)
    {
        if (Volatile.Read(ref _load) is not { } load)
        {
            return;
        }

        if (Options.Scale.Max > 1)
        {
            load.History.Change(-1, now);
        }

        FillPlaces();
        if (instance.IsSurplus && instance.InFlight == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static function => function.LeaveSurplus(), this, preferLocal: false);
        }
    }
}
