using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Kestrel;

/// <summary>
/// Reads <c>Kestrel:Limits</c>, whose keys are the properties of <see cref="KestrelServerLimits"/> and whose bounds are those of its setters. Null
/// means no limit for properties that can be null.
/// </summary>
internal sealed class KestrelLimitsReader
{
    // A frame may have 2^14 to 2^24 - 1 bytes, and a window 2^16 - 1 to 2^31 - 1 (RFC 9113, sections 6.5.2 and 6.9.1).
    private const int SmallestFrame = 1 << 14;
    private const int LargestFrame = (1 << 24) - 1;
    private const int SmallestWindow = (1 << 16) - 1;

    /// <summary>Kestrel checks its connections once a second, and refuses times that are shorter.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    private readonly List<string> _written = [];
    private readonly List<Action<KestrelServerLimits>> _set = [];

    public static KestrelLimits Read(SectionReader section)
    {
        var reader = new KestrelLimitsReader();
        reader.Sizes(section);
        reader.Times(section);
        reader.Http2(section.Section(nameof(KestrelServerLimits.Http2)));
        reader.Http3(section.Section(nameof(KestrelServerLimits.Http3)));
        reader.Rate(section, nameof(KestrelServerLimits.MinRequestBodyDataRate), static (limits, rate) => limits.MinRequestBodyDataRate = rate);
        reader.Rate(section, nameof(KestrelServerLimits.MinResponseDataRate), static (limits, rate) => limits.MinResponseDataRate = rate);
        section.End();
        var limits = new KestrelLimits(reader._written, reader._set);
        Together(section, limits);
        return limits;
    }

    private void Sizes(SectionReader section)
    {
        Optional(section, nameof(KestrelServerLimits.MaxResponseBufferSize), 0, static (limits, value) => limits.MaxResponseBufferSize = value);
        Optional(section, nameof(KestrelServerLimits.MaxRequestBufferSize), 1, static (limits, value) => limits.MaxRequestBufferSize = value);
        Optional(section, nameof(KestrelServerLimits.MaxRequestBodySize), 0, static (limits, value) => limits.MaxRequestBodySize = value);
        Optional(section, nameof(KestrelServerLimits.MaxConcurrentConnections), 1, static (limits, value) => limits.MaxConcurrentConnections = value);
        Optional(section, nameof(KestrelServerLimits.MaxConcurrentUpgradedConnections), 0, static (limits, value) => limits.MaxConcurrentUpgradedConnections = value);
        Number(section, nameof(KestrelServerLimits.MaxRequestLineSize), 1, int.MaxValue, static (limits, value) => limits.MaxRequestLineSize = value);
        Number(section, nameof(KestrelServerLimits.MaxRequestHeadersTotalSize), 1, int.MaxValue, static (limits, value) => limits.MaxRequestHeadersTotalSize = value);
        Number(section, nameof(KestrelServerLimits.MaxRequestHeaderCount), 1, int.MaxValue, static (limits, value) => limits.MaxRequestHeaderCount = value);
    }

    private void Times(SectionReader section)
    {
        Time(section, nameof(KestrelServerLimits.KeepAliveTimeout), Shortest, static (limits, value) => limits.KeepAliveTimeout = value);
        Time(section, nameof(KestrelServerLimits.RequestHeadersTimeout), Shortest, static (limits, value) => limits.RequestHeadersTimeout = value);
    }

    private void Http2(SectionReader section)
    {
        Number(section, nameof(Http2Limits.MaxStreamsPerConnection), 1, int.MaxValue, static (limits, value) => limits.Http2.MaxStreamsPerConnection = value);
        Number(section, nameof(Http2Limits.HeaderTableSize), 0, int.MaxValue, static (limits, value) => limits.Http2.HeaderTableSize = value);
        Number(section, nameof(Http2Limits.MaxFrameSize), SmallestFrame, LargestFrame, static (limits, value) => limits.Http2.MaxFrameSize = value);
        Number(section, nameof(Http2Limits.MaxRequestHeaderFieldSize), 1, int.MaxValue, static (limits, value) => limits.Http2.MaxRequestHeaderFieldSize = value);
        Number(section, nameof(Http2Limits.InitialConnectionWindowSize), SmallestWindow, int.MaxValue, static (limits, value) => limits.Http2.InitialConnectionWindowSize = value);
        Number(section, nameof(Http2Limits.InitialStreamWindowSize), SmallestWindow, int.MaxValue, static (limits, value) => limits.Http2.InitialStreamWindowSize = value);
        Time(section, nameof(Http2Limits.KeepAlivePingDelay), Heartbeat, static (limits, value) => limits.Http2.KeepAlivePingDelay = value);
        Time(section, nameof(Http2Limits.KeepAlivePingTimeout), Heartbeat, static (limits, value) => limits.Http2.KeepAlivePingTimeout = value);
        section.End();
    }

    private void Http3(SectionReader section)
    {
        Number(section, nameof(Http3Limits.MaxRequestHeaderFieldSize), 1, int.MaxValue, static (limits, value) => limits.Http3.MaxRequestHeaderFieldSize = value);
        section.End();
    }

    private void Rate(SectionReader limits, string key, Action<KestrelServerLimits, MinDataRate?> set)
    {
        var section = limits.Section(key);
        if (limits.IsNull(key))
        {
            Add(section.Path, "none", target => set(target, null));
            return;
        }

        var rate = section.Number("BytesPerSecond", double.Epsilon, double.MaxValue);
        var grace = section.Duration("GracePeriod", Heartbeat + Shortest, Longest);
        section.End();
        if (!section.Node.HasContent())
        {
            return;
        }

        if (!section.HasNeeded("BytesPerSecond"))
        {
            section.Error("no BytesPerSecond; write the rate, or null for none.");
        }

        // The default is that of Kestrel's own limits.
        var (bytes, period) = (rate ?? 1, grace ?? TimeSpan.FromSeconds(5));
        Add(section.Path, string.Create(CultureInfo.InvariantCulture, $"{bytes} {period}"), target => set(target, new MinDataRate(bytes, period)));
    }

    /// <summary>Reads a limit that may be null.</summary>
    private void Optional(SectionReader section, string key, long min, Action<KestrelServerLimits, long?> set)
    {
        var value = section.Long(key, min, long.MaxValue);
        if (value is not null || section.IsNull(key))
        {
            Add(section.PathOf(key), value, target => set(target, value));
        }
    }

    private void Number(SectionReader section, string key, int min, int max, Action<KestrelServerLimits, int> set)
    {
        if (section.Integer(key, min, max) is { } value)
        {
            Add(section.PathOf(key), value, target => set(target, value));
        }
    }

    private void Time(SectionReader section, string key, TimeSpan min, Action<KestrelServerLimits, TimeSpan> set)
    {
        if (section.Duration(key, min, Longest) is { } value)
        {
            Add(section.PathOf(key), value, target => set(target, value));
        }
    }

    private void Add(string path, object? value, Action<KestrelServerLimits> set)
    {
        _written.Add(string.Create(CultureInfo.InvariantCulture, $"{path}={value}"));
        _set.Add(set);
    }

    // Kestrel does not start if the head of a request may be larger than the buffer for it.
    private static void Together(SectionReader section, KestrelLimits limits)
    {
        var all = new KestrelServerLimits();
        limits.Apply(all);
        foreach (var (key, size) in (ReadOnlySpan<(string, int)>)[(nameof(all.MaxRequestLineSize), all.MaxRequestLineSize), (nameof(all.MaxRequestHeadersTotalSize), all.MaxRequestHeadersTotalSize)])
        {
            if (all.MaxRequestBufferSize < size)
            {
                section.Error(
                    section.Has(key) ? key : nameof(all.MaxRequestBufferSize),
                    $"{key} is {size}, which is more than MaxRequestBufferSize, {all.MaxRequestBufferSize}; raise the one or lower the other.");
            }
        }
    }
}
