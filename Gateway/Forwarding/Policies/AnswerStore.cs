using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Where kept answers are: this process's memory, bounded by <c>SizeLimit</c>. When the section changes it begins empty: what
/// was kept was kept by other rules.
/// </summary>
internal sealed class AnswerStore : IOutputCacheStore, IOptions<OutputCacheOptions>, IDisposable
{
    /// <summary>UTF-16.</summary>
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

    /// <summary>The middleware holds on to this object and reads it with each request.</summary>
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

    /// <summary>No policy of the configuration tags what it keeps.</summary>
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
        // Requests may be reading from the one before, which holds nothing but memory.
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
