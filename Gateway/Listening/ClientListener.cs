using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>
/// One of Kestrel's listeners, which can stop accepting and go on later. Then no accept is pending and the socket is untouched, so that connections wait in its queue for
/// whoever accepts next, in this process or in another one.
/// </summary>
/// <remarks>
/// Disposing a .NET socket while an accept is under way may disconnect it (SafeSocketHandle.TryUnblockSocket), which would end the listening for every process that has it.
/// So the accept is cancelled and awaited first, and a socket that another process is to use is never disposed of.
/// </remarks>
internal sealed class ClientListener(IConnectionListener inner, AcceptGate gate, YoungConnections young) : IConnectionListener
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _stop = new();
    private TaskCompletionSource? _paused;
    private TaskCompletionSource? _accepting;
    private bool _unbound;

    public EndPoint EndPoint => inner.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            CancellationToken stop = default;
            Task? paused = null;
            lock (_gate)
            {
                if (_unbound)
                {
                    return null;
                }

                if (_paused is { } pause)
                {
                    paused = pause.Task;
                }
                else
                {
                    stop = _stop.Token;
                    _accepting = null;
                    IsAccepting = true;
                }
            }

            if (paused is not null)
            {
                await paused;
                continue;
            }

            try
            {
                var connection = await inner.AcceptAsync(stop);
                if (connection is not null)
                {
                    young.Enter();
                }

                return connection;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Paused or unbound: the next round finds out which.
            }
            finally
            {
                EndAccept();
            }
        }
    }

    /// <summary>Stops accepting.</summary>
    /// <returns>A task that completes when no accept is under way.</returns>
    public Task PauseAsync()
    {
        lock (_gate)
        {
            _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return StopAcceptAsync();
    }

    /// <summary>Goes on accepting.</summary>
    public void Resume()
    {
        TaskCompletionSource? paused;
        lock (_gate)
        {
            (paused, _paused) = (_paused, null);
            if (_stop.IsCancellationRequested && !_unbound)
            {
                _stop = new CancellationTokenSource();
            }
        }

        paused?.TrySetResult();
    }

    /// <summary>Closes the listener, or leaves its socket open if another process is to use it.</summary>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            _unbound = true;
        }

        await StopAcceptAsync();
        Resume();
        gate.Remove(this);
        if (!gate.KeepsSockets)
        {
            await inner.UnbindAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => gate.KeepsSockets ? ValueTask.CompletedTask : inner.DisposeAsync();

    private bool IsAccepting { get; set; }

    private Task StopAcceptAsync()
    {
        Task ended;
        CancellationTokenSource stop;
        lock (_gate)
        {
            stop = _stop;
            ended = IsAccepting ? (_accepting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }

        stop.Cancel();
        return ended;
    }

    private void EndAccept()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            IsAccepting = false;
            (waiting, _accepting) = (_accepting, null);
        }

        waiting?.TrySetResult();
    }
}
