using Gateway.Configuration;

namespace Gateway.Activation;

/// <summary>
/// Limits the starts: how many there may be at once and a minute over all functions, and a minute for each function. A wake by a
/// handshake takes a start that is free now, or gets none. A held request waits in line, and has precedence: a quarter of the
/// budget is not given to handshakes, because their senders may be forged.
/// </summary>
internal sealed class StartBudget(BudgetOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private readonly TokenBucket _minute = new(options.PerMinute, time);
    private ITimer? _refill;
    private int _inFlight;

    private int HandshakeConcurrent => Math.Max(1, options.Concurrent - (options.Concurrent / 4));

    private double Reserved => options.PerMinute > 1 ? options.PerMinute / 4.0 : 0;

    /// <summary>Creates the bucket with one function's starts a minute.</summary>
    public TokenBucket ForFunction() => new(options.PerFunctionPerMinute, time);

    /// <summary>Takes a start for a wake that does not wait, such as that of a handshake. Returns false if none is free now.</summary>
    public bool TryTake(TokenBucket function)
    {
        lock (_gate)
        {
            // This cannot overtake a waiter: its limits are lower than theirs, so a waiter that is left waits for its own function's share.
            if (_inFlight >= HandshakeConcurrent || !function.Has(1) || !_minute.Has(1 + Reserved))
            {
                return false;
            }

            Take(function);
            return true;
        }
    }

    /// <summary>Takes a start for a caller that waits, such as a held request. The task completes when its turn has come.</summary>
    public Task TakeAsync(TokenBucket function, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            waiter = new Waiter(function);
            waiter.Node = _waiters.AddLast(waiter);
            Serve();
        }

        if (!waiter.Done.Task.IsCompleted)
        {
            cancellationToken.UnsafeRegister(state => Cancel((Waiter)state!), waiter);
        }

        return waiter.Done.Task;
    }

    /// <summary>Gives a start back when it has ended, successfully or not.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _inFlight--;
            Serve();
        }
    }

    private bool CanTake(TokenBucket function) => _inFlight < options.Concurrent && function.Has(1) && _minute.Has(1);

    private void Take(TokenBucket function)
    {
        _inFlight++;
        function.Take();
        _minute.Take();
    }

    // Serves in order of arrival, except that a function that has used up its own share does not hold up the others.
    private void Serve()
    {
        for (var node = _waiters.First; node is not null && _inFlight < options.Concurrent;)
        {
            var next = node.Next;
            if (CanTake(node.Value.Function))
            {
                _waiters.Remove(node);
                if (node.Value.Done.TrySetResult())
                {
                    Take(node.Value.Function);
                }
            }

            node = next;
        }

        ScheduleRefill();
    }

    // The timer is needed only while a waiter lacks a minute's share. Starts in flight are given back by Release.
    private void ScheduleRefill()
    {
        _refill?.Dispose();
        _refill = null;
        if (_waiters.Count > 0 && _inFlight < options.Concurrent)
        {
            var wait = _waiters.Min(waiter => TimeSpan.FromTicks(Math.Max(waiter.Function.UntilNext.Ticks, _minute.UntilNext.Ticks)));
            _refill = time.CreateTimer(_ => OnRefill(), null, wait + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnRefill()
    {
        lock (_gate)
        {
            Serve();
        }
    }

    private void Cancel(Waiter waiter)
    {
        lock (_gate)
        {
            if (waiter.Done.TrySetCanceled() && waiter.Node?.List is not null)
            {
                _waiters.Remove(waiter.Node);
            }
        }
    }

    private sealed class Waiter(TokenBucket function)
    {
        public TokenBucket Function { get; } = function;
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
