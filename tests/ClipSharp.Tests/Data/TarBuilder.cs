using System.Text;

namespace ClipSharp.Tests.Data;

/// <summary>Builds tars for tests, ustar headers by default.</summary>
internal sealed class TarBuilder
{
    private readonly List<byte> _bytes = [];

    public TarBuilder Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    public TarBuilder Add(string name, byte[] data, char type = '0')
    {
        AddHeader(name, data.Length, type);
        _bytes.AddRange(data);
        _bytes.AddRange(new byte[(512 - (data.Length % 512)) % 512]);
        return this;
    }

    public TarBuilder AddHeader(string name, long size, char type = '0')
    {
        var block = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(block, 0);
        Put(block, 100, "0000644\0");
        Put(block, 124, Convert.ToString(size, 8).PadLeft(11, '0') + "\0");
        Put(block, 136, "00000000000\0");
        Put(block, 148, "        ");
        block[156] = (byte)type;
        Put(block, 257, "ustar\0" + "00");
        Put(block, 148, Convert.ToString(block.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        _bytes.AddRange(block);
        return this;
    }

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

    public TarBuilder AddZeros(int blocks)
    {
        _bytes.AddRange(new byte[512 * blocks]);
        return this;
    }

    public byte[] Finish() => [.. AddZeros(2)._bytes];

    public byte[] Unfinished() => [.. _bytes];

    private static void Put(byte[] block, int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(block, offset);
}
