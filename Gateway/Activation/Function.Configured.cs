using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What the configuration does to it: new options, its retirement, and the instances that were there before.</summary>
internal sealed partial class Function
{
    /// <summary>Takes new options. An instance that was made from options of another program is drained, and replaced on demand.</summary>
    public void Update(FunctionOptions options)
    {
        lock (_gate)
        {
            var outdated = _instances.Where(instance => !instance.Options.RunsLike(options)).ToArray();
            Options = options;
            foreach (var instance in outdated.Where(instance => instance.State == InstanceState.Starting))
            {
                // Those who wait for it get the new program; it may never have become ready, and this be the cure.
                _ = instance.Cancellation.CancelAsync();
            }

            foreach (var instance in outdated.Where(MayRest))
            {
                _ = BeginRest(instance, Tier.Stopped, Outdated, DrainedAsync(instance, FunctionRegistry.DrainTime));
            }

            // The user may have mended what was broken.
            _backOff.Succeed();
            _atRest = null;
            _ahead = IsAhead(options);
            Tiers = _services.Runtimes[options.Run.Runtime].Tiers;
            Reconcile();
            Tell(observer => observer.OnRestDue(this));
        }
    }

    /// <summary>The function is no longer configured, or the gateway ends: drains, and stops what runs.</summary>
    /// <param name="stop">False leaves the instances running for a next gateway to adopt.</param>
    /// <param name="drain">The longest wait for requests in flight.</param>
    public async Task RetireAsync(bool stop, TimeSpan drain)
    {
        FunctionInstance[] instances;
        lock (_gate)
        {
            (_retired, _stopRetired) = (true, stop);
            _retry?.Dispose();
            instances = [.. _instances];
            foreach (var instance in instances)
            {
                if (!MayRest(instance))
                {
                    // One that starts, or that waits for the budget to be made ahead.
                    _ = instance.Cancellation.CancelAsync();
                }
                else
                {
                    _ = BeginRest(instance, Tier.Stopped, Retired, DrainedAsync(instance, drain), stop);
                }
            }

            _arrival.TrySetResult(Removed);
            Publish();
            Tell(observer => observer.OnRestDue(this));
        }

        await Task.WhenAll(instances.Select(instance => instance.Gone));
    }

    /// <summary>Takes over an instance that is there already, running or at rest.</summary>
    public void Adopt(IInstance runtime)
    {
        var instance = new FunctionInstance(Options) { Runtime = runtime };
        lock (_gate)
        {
            Add(instance);
            _services.Rest.NoteBuild(Name, runtime.Build);
            var now = _services.Time.GetTimestamp();
            if (runtime.Tier == Tier.Running)
            {
                Serve(instance, now);
            }
            else
            {
                Settle(instance, runtime.Tier, now);
            }
        }

        ActivationLog.Adopted(_services.Logger, Name, runtime.Id, runtime.Tier);
    }

    /// <summary>
    /// What is there already has been adopted: from here on signals start instances, the first ones those that came
    /// before, and Scale:Min is brought up.
    /// </summary>
    public void Begin()
    {
        lock (_gate)
        {
            _begun = true;
            Reconcile();
            if (Options.Idle.Tier is null || _instances.Count > 0)
            {
                Tell(observer => observer.OnRestDue(this));
            }
        }
    }
}
