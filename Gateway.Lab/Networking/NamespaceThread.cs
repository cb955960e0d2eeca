using System.Collections.Concurrent;

namespace Gateway.Lab.Networking;

/// <summary>
/// A thread of this process that lives in another network namespace and runs what it is given there. A socket belongs
/// for its whole life to the namespace of the thread that made it, so only its creation has to happen here.
/// </summary>
internal sealed class NamespaceThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <param name="enter">Moves the calling thread into the namespace; its exception is thrown to the caller.</param>
    public NamespaceThread(string name, Action enter)
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
        try
        {
            Run(() =>
            {
                enter();
                return true;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs <paramref name="function"/> in the namespace and returns what it returns or throws.</summary>
    public T Run<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        if (_work.IsAddingCompleted)
        {
            return;
        }

        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Loop()
    {
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
