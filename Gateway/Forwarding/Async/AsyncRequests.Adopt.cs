using System.Net;
using Gateway.Model;

namespace Gateway.Forwarding.Async;

/// <summary>Takes what an earlier gateway has left in a folder.</summary>
internal sealed partial class AsyncRequests
{
    // The earlier one may still be at it.
    private async Task AdoptAsync(AsyncFunction function, AsyncFolder folder)
    {
        try
        {
            await folder.LockAsync();
            if (Ending.IsCancellationRequested)
            {
                // They are the next gateway's.
                return;
            }

            var (requests, answers) = folder.Find();
            var (waiting, done) = (0, 0);
            foreach (var id in answers.Where(id => !IsKnown(id)))
            {
                done += await AdoptAnswerAsync(function, folder, id) ? 1 : 0;
            }

            foreach (var id in requests.Where(id => !IsKnown(id)))
            {
                waiting += await AdoptRequestAsync(function, folder, id) ? 1 : 0;
            }

            if (waiting + done > 0)
            {
                AsyncLog.Found(logger, function.Name, waiting, done, function.Path!);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (!_isEnding)
            {
                // What is in it cannot be told from what another gateway has there.
                function.Folder = null;
                AsyncLog.FolderFailed(logger, function.Name, function.Path!, error.Message);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _searches);
        }
    }

    // In this order: one that was being written is in the other one before it leaves this.
    private bool IsKnown(string id) => _written.ContainsKey(id) || _all.ContainsKey(id);

    private async Task<bool> AdoptRequestAsync(AsyncFunction function, AsyncFolder folder, string id)
    {
        if (await folders.TryAsync(function, id, folder.ReadRequestAsync) is not { } request)
        {
            return false;
        }

        // They were accepted, so they have a place even if there are fewer now.
        var client = ClientGroup.Of(IPAddress.TryParse(request.Client, out var address) ? address : null);
        _places.Add(function.Name, client);
        var found = AsyncRequest.Found(request with { Id = id, Function = function.Name }, folder, client);
        function.Add(found.Size);
        Begin(found, function);
        return true;
    }

    private async Task<bool> AdoptAnswerAsync(AsyncFunction function, AsyncFolder folder, string id)
    {
        if (await folders.TryAsync(function, id, folder.ReadAnswerAsync) is not { } answer)
        {
            return false;
        }

        var found = AsyncRequest.Found(id, function.Name, answer, folder);
        _places.Add(function.Name, found.Client);
        function.Add(found.Size);
        function.Take(found, found.Size);
        _all[id] = found;
        Complete(found, function, time.GetUtcNow() - answer.Completed);
        // It is under way, as it was when the earlier gateway ended.
        Run(found, () => PostAsync(found, function, answer));
        return true;
    }
}
