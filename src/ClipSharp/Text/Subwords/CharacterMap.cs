using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ClipSharp.Text.Subwords;

/// <summary>The map of characters that a SentencePiece model carries (<c>precompiled_charsmap</c>): a length, a double array of
/// UTF-8 keys (darts-clone), then the targets, each ended by 0.</summary>
internal sealed class CharacterMap
{
    private const int MostOfTarget = 1024; // bytes; the longest of NFKC has 33
    private const int LongestKey = 256;    // bytes; a damaged map may go round in circles

    private readonly uint[] _units;
    private readonly byte[] _targets;

    private CharacterMap(uint[] units, byte[] targets) => (_units, _targets) = (units, targets);

    /// <summary>Reads a map.</summary>
    /// <param name="blob">Its bytes; empty = every character stands for itself.</param>
    /// <param name="path">For messages.</param>
    /// <returns>The map, or null for none.</returns>
    /// <exception cref="ClipException">Its length does not fit, or its targets are no texts.</exception>
    public static CharacterMap? Parse(ReadOnlySpan<byte> blob, string path)
    {
        if (blob.IsEmpty)
        {
            return null;
        }

        var size = blob.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size == 0 || size % 4 != 0 || size > blob.Length - 4)
        {
            throw SubwordFault.Bad(path, "The map of characters is damaged", $"{size} bytes of keys among {blob.Length}",
                "a multiple of 4 within the map");
        }

        var units = new uint[size / 4];
        for (var at = 0; at < units.Length; at++)
        {
            units[at] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (4 * at))..]);
        }

        var targets = blob[(4 + (int)size)..].ToArray();
        if (targets is not [.., 0] || !System.Text.Unicode.Utf8.IsValid(targets))
        {
            throw SubwordFault.Bad(path, "The map of characters is damaged", "targets that are no texts", "UTF-8 ended by 0");
        }

        for (var rest = targets.AsSpan(); !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)0);
            if (end > MostOfTarget)
            {
                throw SubwordFault.Bad(path, "The map of characters is damaged", $"a target of {end} bytes",
                    $"at most {MostOfTarget}");
            }

            rest = rest[(end + 1)..];
        }

        return new CharacterMap(units, targets);
    }

    /// <summary>As the sentencepiece library: at each place the longest key, else the character itself.</summary>
    public string ApplyLongest(string text)
    {
        var result = new StringBuilder(text.Length);
        for (ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text); !rest.IsEmpty;)
        {
            var found = Find(rest, longest: true);
            Rune.DecodeFromUtf8(rest, out var rune, out var width);
            if (found.Matched > 0)
            {
                Append(result, found.Target);
            }
            else
            {
                result.Append(rune);
            }

            rest = rest[(found.Matched > 0 ? found.Matched : width)..];
        }

        return result.ToString();
    }

    /// <summary>As Hugging Face's library: a grapheme cluster below 6 bytes becomes the target of its shortest key, whatever
    /// follows in it; else each character for itself.</summary>
    public string ApplyByCluster(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<byte> key = stackalloc byte[8];
        for (var at = 0; at < text.Length;)
        {
            var cluster = text.AsSpan(at, StringInfo.GetNextTextElementLength(text.AsSpan(at)));
            at += cluster.Length;
            if (cluster.Length < 6 && Encoding.UTF8.GetByteCount(cluster) is var size and < 6)
            {
                Encoding.UTF8.GetBytes(cluster, key);
                if (Find(key[..size], longest: false) is { Matched: > 0 } whole)
                {
                    Append(result, whole.Target);
                    continue;
                }
            }

            foreach (var rune in cluster.EnumerateRunes())
            {
                if (Find(key[..rune.EncodeToUtf8(key)], longest: false) is { Matched: > 0 } single)
                {
                    Append(result, single.Target);
                }
                else
                {
                    result.Append(rune);
                }
            }
        }

        return result.ToString();
    }

    /// <summary>The longest or shortest key that the bytes begin with, and where its target begins; 0 bytes for none.</summary>
    private (int Matched, int Target) Find(ReadOnlySpan<byte> bytes, bool longest)
    {
        (int, int) found = default;
        var node = Offset(_units[0]);
        for (var at = 0; at < Math.Min(bytes.Length, LongestKey) && bytes[at] != 0; at++)
        {
            node ^= bytes[at];
            if (node >= _units.Length || (_units[node] & 0x800000FF) != bytes[at]) // a damaged map leads anywhere
            {
                break;
            }

            var unit = _units[node];
            node ^= Offset(unit);
            if ((unit & 0x100) == 0)
            {
                continue;
            }

            var target = node < _units.Length ? _units[node] & 0x7FFFFFFF : uint.MaxValue;
            if (target >= _targets.Length)
            {
                break;
            }

            found = (at + 1, (int)target);
            if (!longest)
            {
                break;
            }
        }

        return found;
    }

    private void Append(StringBuilder result, int target)
    {
        var bytes = _targets.AsSpan(target);
        result.Append(Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]));
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
