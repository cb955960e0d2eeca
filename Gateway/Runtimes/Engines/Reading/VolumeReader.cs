using System.Globalization;
using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Runtimes.Engines.Reading;

/// <summary>
/// Reads <c>Volumes</c>. Each entry is a text as in <c>docker run -v</c> and Compose's short form, or an object as in Compose's long form.
/// Host paths are those of the engine's machine, which has no content root, so relative ones are refused.
/// </summary>
internal static class VolumeReader
{
    private const string Tmpfs = "tmpfs";
    private const string Example = "write \"name:/data\", \"/host/path:/data:ro\", \"tmpfs:/run\" or \"/data\"";

    private static readonly string[] Types = ["volume", "bind", Tmpfs];

    private static readonly TextFormat s_text = new("^(?:/[^:]*|[^:]+:/[^:]*(?::[^:]+)?)$", "data:/var/lib/data", "/srv/www:/www:ro", "tmpfs:/run:size=64m");
    private static readonly TextFormat s_target = new("^/[^:]*$", "/data");

    public static IReadOnlyList<VolumeMount> Read(SectionReader section)
    {
        var mounts = new List<VolumeMount>();
        foreach (var item in section.Items("Volumes", s_text))
        {
            var mount = item.Node is { HasChildren: true } ? ReadObject(item) : ReadText(item);
            if (mount is null)
            {
                continue;
            }

            if (mounts.Exists(other => other.Target == mount.Target))
            {
                item.Error($"'{mount.Target}' is the target of an earlier entry too; a path in the container can be one volume only.");
                continue;
            }

            mounts.Add(mount);
        }

        return mounts;
    }

    private static VolumeMount? ReadText(SectionReader item)
    {
        var text = item.Node?.Value ?? "";
        var parts = text.Split(':');
        if (text.Contains("type=", StringComparison.Ordinal))
        {
            return Wrong(item, $"{ReadContext.Quote(text)} is in the words of --mount, which are not known here; {Example}, or an object {{ \"Type\": ..., \"Source\": ..., \"Target\": ... }}.");
        }

        if (parts.Length > 3)
        {
            return Wrong(item, $"{ReadContext.Quote(text)} has {parts.Length} parts between colons, and no path here can have a colon; {Example}.");
        }

        if (parts is [_, _, ""])
        {
            return Wrong(item, $"{ReadContext.Quote(text)} ends in a colon; write options behind it, such as ro, or remove it.");
        }

        if (parts.Length == 1 && text.StartsWith('/'))
        {
            return Make(item, "", text, "");
        }

        if (parts.Length == 1 || parts[1].Length == 0)
        {
            return Wrong(item, $"{ReadContext.Quote(text)} has no target, the path in the container; {Example}.");
        }

        return parts[0].Length == 0
            ? Wrong(item, $"{ReadContext.Quote(text)} has nothing before its colon, where a volume's name or a host path belongs; {Example}.")
            : Make(item, parts[0], parts[1], parts.ElementAtOrDefault(2) ?? "", parts[0] == Tmpfs ? VolumeKind.Tmpfs : null);
    }

    private static VolumeMount? ReadObject(SectionReader item)
    {
        var type = item.Word("Type", Types);
        var (source, target) = (item.Text("Source") ?? "", item.Text("Target", s_target) ?? "");
        VolumeKind? kind = type switch
        {
            null => null,
            Tmpfs => VolumeKind.Tmpfs,
            "bind" => VolumeKind.Bind,
            _ => source.Length == 0 ? VolumeKind.Own : VolumeKind.Named,
        };
        List<string> options = [];
        Add(item.Flag("ReadOnly") == true, "ReadOnly", "ro", VolumeKind.Named, VolumeKind.Bind, VolumeKind.Own, VolumeKind.Tmpfs);
        Add(item.Flag("NoCopy") == true, "NoCopy", "nocopy", VolumeKind.Named, VolumeKind.Own);
        Add(item.Text("Propagation") is { } propagation, "Propagation", item.Text("Propagation") ?? "", VolumeKind.Bind);
        var size = Size(item);
        Add(size is not null, "Size", string.Create(CultureInfo.InvariantCulture, $"size={size}"), VolumeKind.Tmpfs);
        Add(item.Text("Mode") is not null, "Mode", $"mode={item.Text("Mode")}", VolumeKind.Tmpfs);
        item.End();
        if (!item.HasNeeded("Type"))
        {
            return Wrong(item, "no Type; add \"Type\": \"volume\", \"bind\" or \"tmpfs\".");
        }

        if (!item.HasNeededContent("Target"))
        {
            return Wrong(item, "no Target; add the path in the container, e.g. \"Target\": \"/data\".");
        }

        if (kind is VolumeKind.Tmpfs && source.Length > 0)
        {
            return Wrong(item, "a tmpfs has no Source; remove it.");
        }

        return kind is null ? null : Make(item, source, target, string.Join(',', options), kind);

        void Add(bool has, string key, string option, params ReadOnlySpan<VolumeKind> kinds)
        {
            if (!has)
            {
                return;
            }

            if (kind is { } known && !kinds.Contains(known))
            {
                item.Error(key, $"means nothing for the Type '{type}'; remove it.");
                return;
            }

            options.Add(option);
        }
    }

    private static long? Size(SectionReader item)
    {
        if (item.Text("Size", MemorySize.Written) is not { } text)
        {
            return null;
        }

        if (MemorySize.TryParse(text, out var bytes) && bytes > 0)
        {
            return bytes;
        }

        item.Error("Size", $"{ReadContext.Quote(text)} is not a size; write e.g. \"64MiB\".");
        return null;
    }

    private static VolumeMount? Make(SectionReader item, string source, string target, string options, VolumeKind? kind = null)
    {
        source = kind == VolumeKind.Tmpfs ? "" : source;
        kind ??= source.Length == 0 ? VolumeKind.Own : source.StartsWith('/') ? VolumeKind.Bind : VolumeKind.Named;
        var wrong = VolumeRules.Source(kind.Value, source) ?? VolumeRules.Target(target) ?? VolumeRules.Options(kind.Value, options);
        return wrong is null
            ? new VolumeMount(kind.Value, source, target.TrimEnd('/'), options)
            : Wrong(item, wrong);
    }

    private static VolumeMount? Wrong(SectionReader item, string message)
    {
        item.Error(message);
        return null;
    }
}
