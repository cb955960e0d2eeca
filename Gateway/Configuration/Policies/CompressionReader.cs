using System.IO.Compression;
using Gateway.Configuration.Schema;
using Microsoft.AspNetCore.ResponseCompression;

namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>ResponseCompression</c>: the properties of ResponseCompressionOptions, and the encoders by their names in HTTP.</summary>
internal static class CompressionReader
{
    private static readonly string[] Encodings = ["br", "gzip"];
    private static readonly TextFormat s_mediaType = new("^[^/;]+/[^/;]+$", "application/json");

    public static ResponseCompressionSettings Read(SectionReader section)
    {
        var options = new ResponseCompressionOptions { EnableForHttps = section.Flag("EnableForHttps") ?? false };
        if (MimeTypes(section, "MimeTypes") is { Length: > 0 } types)
        {
            options.MimeTypes = types;
        }

        options.ExcludedMimeTypes = MimeTypes(section, "ExcludedMimeTypes");
        var encodings = new List<string>();
        foreach (var item in section.List("Providers", Encodings))
        {
            if (!Encodings.Contains(item.Value, StringComparer.OrdinalIgnoreCase))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not one of {string.Join(", ", Encodings)}.");
            }

            encodings.Add(item.Value.ToLowerInvariant());
        }

        return new ResponseCompressionSettings(options, encodings.Count > 0 ? encodings : Encodings, section.Word<CompressionLevel>("Level") ?? CompressionLevel.Fastest);
    }

    private static string[] MimeTypes(SectionReader section, string key)
    {
        var types = section.List(key, s_mediaType);
        foreach (var item in types)
        {
            if (item.Value.Split('/') is not [{ Length: > 0 }, { Length: > 0 }] || item.Value.Contains(';', StringComparison.Ordinal))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not a media type; write e.g. \"application/json\" or \"text/*\".");
            }
        }

        return [.. types.Select(item => item.Value)];
    }
}
