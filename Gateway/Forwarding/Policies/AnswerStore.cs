using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Stores cached answers in this process's memory, bounded by <c>SizeLimit</c>. If the section changes the store is emptied, because its
/// answers were stored by other rules.
/// </summary>
internal sealed class AnswerStore : IOutputCacheStore, IOptions<OutputCacheOptions>, IDisposable
{
    /// <summary>The size of a character of a key: strings are UTF-16.</summary>
    private const int BytesOfACharacter = 2;

    private readonly PolicySource _policies;
    private PolicySection<CacheOptions>? _section;
    private MemoryCache _answers;

    public AnswerStore(PolicySource policies)
    {
        _policies = policies;
        _section = policies.Current.OutputCache;
        _answers = Make();
        Describe();
        policies.OnChange(Update);
    }

    /// <summary>The options, which the middleware keeps and reads for each request.</summary>
    public OutputCacheOptions Value { get; } = new();

    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => new(Volatile.Read(ref _answers).Get<byte[]>(key));

    public ValueTask SetAsync(string key, byte[] value, string[]? tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        Volatile.Read(ref _answers).Set(key, value, new MemoryCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = validFor,
            Size = value.Length + (key.Length * BytesOfACharacter),
        });
        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing, because no policy of the configuration has tags.</summary>
    public ValueTask EvictByTagAsync(string tag, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Dispose() => _answers.Dispose();

    private void Update()
    {
        if (Equals(_policies.Current.OutputCache, _section))
        {
            return;
        }

        _section = _policies.Current.OutputCache;
        Describe();
        // The old store is not disposed of: requests may read from it, and it holds only memory.
        Volatile.Write(ref _answers, Make());
    }

    private void Describe()
    {
        if (_section?.Value is { } section)
        {
            Value.MaximumBodySize = section.MaximumBodySize;
            Value.DefaultExpirationTimeSpan = section.DefaultExpiration;
            Value.UseCaseSensitivePaths = section.UseCaseSensitivePaths;
        }
    }

    private MemoryCache Make() => new(new MemoryCacheOptions { SizeLimit = _section?.Value.SizeLimit ?? 0 });
}
