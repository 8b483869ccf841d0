using System.Text;

namespace ClipSharp.Testing;

/// <summary>Builds tars for tests, ustar headers by default.</summary>
public sealed class TarBuilder
{
    private readonly List<byte> _bytes = [];

    /// <summary>A file of text.</summary>
    public TarBuilder Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    /// <summary>A member with its content.</summary>
    public TarBuilder Add(string name, byte[] data, char type = '0')
    {
        AddHeader(name, data.Length, type);
        return AddContent(data);
    }

    /// <summary>A member's header alone.</summary>
    /// <param name="name">Up to 100 characters, a byte each.</param>
    /// <param name="size">Of the content, whatever follows.</param>
    /// <param name="type">The member's kind.</param>
    /// <param name="change">Changes the header before its sum is taken.</param>
    /// <param name="isSigned">Whether the sum is one of signed bytes, as some old writers have it.</param>
    public TarBuilder AddHeader(string name, long size, char type = '0', Action<byte[]>? change = null, bool isSigned = false)
    {
        var block = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(block, 0);
        Put(block, 100, "0000644\0");
        Put(block, 124, Convert.ToString(size, 8).PadLeft(11, '0') + "\0");
        Put(block, 136, "00000000000\0");
        Put(block, 148, "        ");
        block[156] = (byte)type;
        Put(block, 257, "ustar\0" + "00");
        change?.Invoke(block);
        Put(block, 148, Convert.ToString(block.Sum(b => isSigned ? (sbyte)b : b), 8).PadLeft(6, '0') + "\0 ");
        _bytes.AddRange(block);
        return this;
    }

    /// <summary>A pax header for the next member.</summary>
    public TarBuilder AddPax(params (string Key, string Value)[] records)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in records)
        {
            var tail = $" {key}={value}\n";
            var length = tail.Length + 1;
            while ($"{length}{tail}".Length != length)
            {
                length = $"{length}{tail}".Length;
            }

            text.Append(length).Append(tail);
        }

        return Add("pax", Encoding.ASCII.GetBytes(text.ToString()), 'x');
    }

    /// <summary>Bytes as they are, filled up to a block.</summary>
    public TarBuilder AddContent(byte[] data)
    {
        _bytes.AddRange(data);
        _bytes.AddRange(new byte[(512 - (data.Length % 512)) % 512]);
        return this;
    }

    /// <summary>Blocks of zeros.</summary>
    public TarBuilder AddZeros(int blocks)
    {
        _bytes.AddRange(new byte[512 * blocks]);
        return this;
    }

    /// <summary>The archive with its end.</summary>
    public byte[] Finish() => [.. AddZeros(2)._bytes];

    /// <summary>The archive without its end.</summary>
    public byte[] Unfinished() => [.. _bytes];

    private static void Put(byte[] block, int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(block, offset);
}
