using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What others do with its instances, and what becomes of that: people use the engine too.</summary>
internal sealed partial class Function
{
    /// <summary>Takes an instance that somebody else has started, or that was found late: one that runs serves as soon as it answers.</summary>
    /// <param name="made">The options that the instance was made from.</param>
    /// <param name="runtime">The instance, running or at rest.</param>
    /// <returns>Returns false if there is no room for the instance (<c>Scale:Max</c>) or the function was removed.</returns>
    public bool TryTake(FunctionOptions made, IInstance runtime)
    {
        lock (_gate)
        {
            if (_retired || !HasRoomForFound())
            {
                return false;
            }

            // Whatever has failed before, somebody has given it a new start.
            _backOff.Succeed();
            _services.Rest.NoteBuild(Name, runtime.Build);
            var instance = Add(new FunctionInstance(made) { Runtime = runtime });
            if (runtime.Tier == Tier.Running)
            {
                FollowStart(instance);
            }
            else
            {
                Settle(instance, runtime.Tier, _services.Time.GetTimestamp());
                EndUnwanted(instance);
                Tell(observer => observer.OnRestDue(this));
            }
        }

        ActivationLog.Adopted(_services.Logger, Name, runtime.Id, runtime.Tier);
        return true;
    }

    // Under the lock. What runs already is there sooner than a start that has nothing to run yet, and may want the same port: such a start
    // gives way, and those who wait for it get what was found.
    private bool HasRoomForFound()
    {
        // One whose program has ended may still be being cleaned up behind.
        if (_instances.Count(instance => instance.Runtime?.Exited.IsCompleted != true) < Options.Scale.Max)
        {
            return true;
        }

        if (_instances.Find(instance => instance is { State: InstanceState.Starting, Runtime: null }) is not { } start)
        {
            return false;
        }

        _ = start.Cancellation.CancelAsync();
        return true;
    }

    /// <summary>
    /// Follows what somebody else has done with an instance. One that was frozen rests until the next signal, unless a request uses it. One that
    /// was let go on serves as soon as it answers, and rests again by the usual rules.
    /// </summary>
    /// <returns>Returns false if the runtime has to bring the instance back to the tier that it was in.</returns>
    public bool TryMove(IInstance runtime, Tier found)
    {
        lock (_gate)
        {
            if (_retired || _instances.Find(instance => instance.Runtime == runtime) is not { } instance || !MayRest(instance))
            {
                return false;
            }

            if (found == Tier.Running)
            {
                FollowStart(instance);
                return true;
            }

            // Whoever is inside would wait for ever, and whoever waits wants it to run.
            if (!Tiers.Contains(found) || _waiting > 0 || (instance.State == InstanceState.Running && !instance.TryCloseEmpty()))
            {
                return false;
            }

            Complete(instance, Telemetry.ColdStartOutcome.Wasted);
            _rest = new RestDecision(found, "Somebody else has brought it there.");
            Settle(instance, found, _services.Time.GetTimestamp());
            Reconcile();
            Tell(observer => observer.OnRestDue(this));
            return true;
        }
    }

    // Under the lock: its program is executed already, and what is left to do is to hear that it answers. Nobody measured the start.
    private void FollowStart(FunctionInstance instance)
    {
        instance.BeginStart(coldStart: null, byOthers: true);
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Function.StartAsync(work.Instance, budgeted: false), (Function: this, Instance: instance), preferLocal: false);
        Publish();
    }
}
