/** Files written by pyarrow 25.0.1, and those named polars by nodejs-polars 0.26.1. Each is compressed by gzip. */
import { gunzipSync } from "node:zlib";

const FILES: { readonly [name: string]: string } = {
  "cols.arrow": [
    "H4sIAAAAAAACA+0WPU9UQXB23967B7ziJV7MKzDZkvIsTOw4YqEFyRlyBCvjKRe4eDkMPD9ISPQHWFBYWFpYaGdpSUJz4RdQ",
    "WqmlhTFUPmd2Z3EZwEitk8zO7nzP7Oy7W1ha6q5cBagRrAYogGAackihARnuEJQBg2QddYhOIU4UwEvEHuIc4lfk7SG+QryF",
    "SHqjn3WNxpp8zjKPAMPA4+u0SzGCwRWQUuwSaQpNjF5Ai3NRjRaupG4jH0RXhw8qcLaZ42TMtzXFBUX6Pdx/93lk5K8V+UjI",
    "R38bPjs55ujsVCr1KN+NhwBvUN7xOtOyJmwBVC6X3FWVsaXhOMu9G7DjbRtkWwrbLXf2fX5bn9+34aqPkWGXMjbv4HLobRKZ",
    "O/m+j3jg5Nr1NfSYOs49Ts7Kqe8qSd39eI6fk3ccgyDHnZ+U3HkEbZysZLmfIMP362erRE3DkkXma/gNCZwPOdMi6glEOesz",
    "bGL+s204rqPUcR2XT9aRGF+DCl5E3srnYKI4l/6QdyGo5FumbSFvC/ntqCaCO0xDHY+YXmG6K/RfC38fhXxPnCcin4nI+1Do",
    "fxLyb0J+FL3fAFPiDBc4qwue/9YeOzGPywukz5HUXM08Czs83UyLjhLzKGa4mIkOOsJwT/vv+3a0MV4bbNqtanM4XrPVen9s",
    "q6eD0ZMBypusd6278uPuzfQUDTAT9ZTgS/ckNsW7CBD4StfH7yPco3/jmfsq59wt+sbPcd/IzxEXbvVp57RtM/8D88L34f9v",
    "yr/9m3IPE1hw/0F+Adc3CCKKCAAA",
  ].join(""),
  "cols.arrows": [
    "H4sIAAAAAAACA5VTP2sUQRR/Mzu3t0m2WPCQLRS2tEwj2OXAQgshFidaCac5ksPjIsn6JyDoB7CwsLC0sNBvYBmwOfwEKa3U",
    "0kLEyvH3Zt7GyTMR8+DNb+b9f29mvPe+sUQVMS1TSTn1qMAOZBw5wBZsGJfAC0P0HDwCXwB/hWwf/BJ8Fcx2s1/ew9lyzHMi",
    "Y0IaenCJdzkyOKwE5Nw1MKc+slc0kFpMb4CVzZskBuPG9G5LwbcIkkLkjee8ZNh+hP33WEfB8QZJjIxjjPfoc9CjxuBncm3H",
    "9W7fI3oN/TDaLOueMAJqQy1l6KoQTyd5bowu05Po22PfWvnuhnOc8xt/8tymGzFHgSkV4j7EchB9Ml07x74D/hj0Nsy1mzFP",
    "XGacHVfTOHSSh/uJEiKE8W8lB1OJXXwpZYhI1gVdLfr4gpzcb3xbNSydaK6J3NIfyuhkKgWrZCaU1GyP8Unlj/fosI/apn2c",
    "PdpH5mIPpoui6jaxBpfkOfOPuiuFWt4Irir9qtJfT3piuiXY9XFf8LzgC2X/SsV7r/T76rxQ9SxU3QfK/pPSf1P6n8n/7WhJ",
    "nekUZ3PK8//6YxJrWJ4BnwK8dLMmyqG8bsFqaNR7VG+4WkkONuHunj68Gzez7fnmZKfZbXem882m3RrPm/bRZPZwAn1f7C6u",
    "3/xx+0r+F3a0ksyU6cv6Ue6rf9FRJzfWH/4Pxt/6rWWGGAYAAA==",
  ].join(""),
  "cols.zstd.arrow": [
    "H4sIAAAAAAACA+0WPW/TQPTd+eI4qQdDjahEg1yJoROUoVK2uupAJ1JVQe2EGmiURkSp1AaaSlSUgY2hAz+AgQE2FiTGSCwV",
    "EyNjJygDEgNCLGDe3T0nl8uHygxPen5+3x9nP3txdbW0dh0gQYg4QAAS8uCDCxnw8A6BCRBIttBG0hziMQN4ilhGnEU8RVkH",
    "8RniMqK0a/xOEnTmMuY0ySRgGrhflHcuZhB4BaQy9xRSF7KYPYCQamGZEK/SPDJiSLpZv9sC5espiUfyKJF5gUn7Mt5/13V4",
    "Ml5oxHBkjMo+fFJ6rFH5Mde2k/Vu3wN4jvpY2+TtnnAE0FK1+KorjzwF5blVXoKH2jcjfacs313F6zm/SEbPrb6pc3g4JY/c",
    "Y7x81D6OXbuMfQfxvdJzNdd0xnLiNGNnWE0V1YmrzkdL9HPSoRwSfPTST4qvIgIXKk4RemCeT6B8LiMVXZ8NxCuUn4MJrurT",
    "pZIcGA0FohHRSUPHBuKCrhVh9s21X5FfGTDkpp6fA2jvd/uf42P6d4Q6s1Nm5rL6Zb1+xZh+J8f0O5PWZ8lT/irRdUu/bs2p",
    "TfQ80SNL/9qKd2LZ/7TqiVi/vmjxK6y/npRP/duW/ZGlf2vpPxB/wYiZG5jr2Xn2l/xZ/QPzeQoey9vOAl4OkT5CklhzV3bR",
    "V4CXmv+2ADF4MQWLOcQnbJrZ9gdq4Bw3TuCscKj5jJl6hpOZ0HxoysMDvbSBF1TJl25OFEx94QvAu1eVqLHdrFV3ot3WTr1Z",
    "i1pblWbU2qs2HlR7fXbzZIf18wQgni+t/bh9w8UqD2Epf9Gak13ngDw3Yp6fS/04Km525Hn0jK3dMcxfmHIxI9d1ku4H6O65",
    "UL3R8mvmk9cyvaOCYs/RUivSwjH3htKT/Dh9n4j+/xb/29/iDSxgUf27/QEFIUhHwgkAAA==",
  ].join(""),
  "cols.lz4.arrow": [
    "H4sIAAAAAAACA+1WT2sTQRR/sztJNjXKqgtGbGGtFgOCVFTorVt6MBdJKNF6kkQbmmBIoY1/CoKL5x48+AE8eNBv4DHgRTx5",
    "9BNojx7Eo+t7M2+zu+OmtWcdmP3Ne/P+z9vZXVlba6xfBYhw+BaACzRmoAJFKICDKxxCgkTooQxhGedHAbCHs4WzhnMfeWOc",
    "r3DWcZLc4FcUobJFNmeZRwPdwKMlWhXRg8QnIJLvKmIRSujdBY9jEQUPnyTup2wQbvQfjEDpOorjMN+PyC8Ikm/h+oeOwyF7",
    "XsqGTTY6u/BV7WOMSk8UTTmKd+shwGvcD7TMjJkTlgBGKpaKysphTcl+brdW4ZnWLZBu1dDdUbSu85toet36G9qHg1VyWD3A",
    "xxetY5uxk+37OD+pfUvVNa4xVZxrbOfF1FGZFNX5aI7uk/fsg0YFtXSnVJRFsKSyU4dkpM/HVTqziHKic5fz9DhHmJyxnNRv",
    "2rjAWGM8m9oThj0dL9uev1VtBy+QDHNFrawckuHT3dQ+1aFmHVAHW6qcfCvt28hbJHnLnLxPH5D3JSNvMOhrjG1jP6avML5k",
    "rDK+ZVxg/Mx4PT5LkZX3mb7MdNPY7xl0KLLxxPTF2L8hPxbZfPeN/figzqVslo16whFocUT6b/XdbD+5qu/Gy6DxOUKk65mV",
    "o/Y4iUbOf18uwSJAUKBb1gnYaDDxb+idweW8QMVTVgnfEdvRbZ4EIrLySIbHIPVeM/8ELu/wa92EuSTfuawckuGHdx1/sDXc",
    "7G77O6Pt/nDTH/U6Q3/0pDt43AWY6reUEz+FsXejsf7z3k26g8I/+n9a/Dn8ck79j+Ny9VuDzqkJhIfFl3t+ifih+jLLl9T5",
    "VpS9T2ByP3rq5qWvYIW7qc7vtmQfS3wpLnL/p+8ZkeKPmRffx/+/4f/2N7yNAayof77fwmSAE/oJAAA=",
  ].join(""),
  "cols2.arrow": [
    "H4sIAAAAAAACA+1Wv2sTURz/3rvLeS03BAxyoMKNHeMguDXFwQ5CSol0k0YbmmBIoT01BcGMHRwcHBwzOMStY8eCS3By9C/Q",
    "jg4iTp7f9973mpdPk2Kh4KAP3n3ffT/fX+/7Pnm5lfX1+sYtopxHqojKpMcixRRSiSJe8fACCli02UbLBZ5jj+gVzwbPJZ4n",
    "rDvm+YbnKk9t1/2V5+ysdMwbotOD09DTO3oVcoaAn8RS505YhnSFs5epIrV4pQo/tXnqxNByq/M4I+MbGU0k+jTXecnT9g1e",
    "f7d1RDpexYnh6xjNffpicK7R+Hkh2ul6d54QDRmvWZtF3BO3gDJTS2x2FYlnIHkeNO7SC+tb0r4J+O6Zd9vnd/n8vnW2bI6I",
    "uxSJe40fn62Pj7Xr2I94fjS4Mn0teqw7Lj32Z9XUNDsJzflYjeXJSHLoEfPKMiU2EUkFBksEtwwK5HwttxK2DAS5L3pFk+HT",
    "/BGLLDs9IadmNcPH1ff36XQfiXL3cW16H35g9vDpNArU7Z2t++o5dZdBoj4VWQW8Cvga4GvQl02RN0UOwH4A8YaAD52e6TEC",
    "fAR1HwF+BPgY8LHz+y3Gwoxz+9vvfJst23Ydv2SRW923ZQFrwm6R5ZoHcfwZx6wc/MP7Ztrd6W23dtO9bLfT206zdrOXZs9b",
    "3Wctxm/XN348vBeekW7P9Phan57u2Zm1yi/E98NL4nsEEvUFPxLAE8CXgI9V4LscAF0H/hf2bYjXB3wA7wdQzwHU/Rrs3wI+",
    "7/ejLonv3gXf/9R/mucTXiOPMW7R9/PZPMmDPFYgCx57M+5ww2Oa3N/Fudr/oMh8NcRyu2wKNwKJ/VMSpCKLe/2kNK0/hJxV",
    "0Bf8/P8t9G9/C/W5gBXz7fwb6hmQSUILAAA=",
  ].join(""),
  "half.arrow": [
    "H4sIAAAAAAACA8VSOw6CQBB9woobssUWxngEWzsLGk5gQmNjr3fwIh7BI1hyAI7gXdY3w6AGjK0vmd8O83izUDfN/rAFEnEF",
    "ECEoEVBgDs+MmDnWYOXpnXkgo1WWPzjPB3OZX9qZjtJOtI79yI4n70LZor2rn1mPZs5au9eZ6LsbtyBgZQqDsiF3yhExoGQd",
    "VK3scLSewxuf+Rh+FH+dZ1+4JtxVunCvdohJ76vXFLhVoZvEfhdO7+g3xiP3cTOa1mKc6PrPtxE9tf5DT9GGxdlKAgAA",
  ].join(""),
  "null.arrow": [
    "H4sIAAAAAAACA8VSOxKCMBB9mBAZJgUF41BaWmJnJ5zAGRobGz2JR+EIlJaUjifwNvqSLKi5gG8mu9n/vkDbdYfjFngRPYAC",
    "DjksDFJkvBGJpg1aGaUWCSx4Grk/Wc9E5epL8flSngvPI8TZv2S9wdJ3LGReqKuiujPzXK6ZPWHPm8xwsFjJptZ3hNK+T40J",
    "OW3rt3ZcTsJR4QP9dU9EZ3P/gCqKr6M45D1UlBfb6Zx93QfduCcUjhN6+sZm4gvZ2ZK18UwLmauxo9wIBzdjkA6j6Bq/+Pc3",
    "vFO2/p97A+dDp5d6AgAA",
  ].join(""),
  "list.arrow": [
    "H4sIAAAAAAACA9VTO04DMRB93uyaVeRiixWioEhJCRUUSGxOQJSGE6AoEp+ClBR7EAqOwhG4ASkpuUF4Mx4HY3EBRhrPjD1v",
    "PPO8O18ur2/OgB1lC6CDyBQBHg1aehRXMwajlmttK1BRL81/IZ6JleCPbU+h1AfFBuqBYmV74PIeMaGnPzOM5J9QPfXucbXe",
    "PMl+rWcdeuI9qwSNYq9uUt4pdr25vZcqku/3ncQ5P2l7yw04tEmDVsWkxhHNiCRTxkGnFi6ejSOPH8l9Z9bm1L5gM+Xnp2Zn",
    "Zhf4LYsiT1vL7irvcX/0InKe+ZVxk7TJ8B/7rPGKC59noI7U1yHuv9FuB5fVSj0h474p+tjpG0fOAln3ynQXuSbqwrhJb/9l",
    "uGTHYp7//g22LD7Xf+4b9QcWkHoDAAA=",
  ].join(""),
  "largelist.arrow": [
    "H4sIAAAAAAACA81Suw3CMBB9CcZEyEWKgCgoKGmpoCN0dEhpaGgRIIEoYABGoWQEyoyQDWATeHYuEDwBJ909n8/3/PyZZdli",
    "OQJetBuAGNbaMNBoIuKIFijmYBYxKomcFizYy6yTcDyo1YZ0Td8fN7vzyc4rV4uRkEOj5Vhj2TNoWOxLPwR35/XBstj1ulzn",
    "otV7Jyay1qArio1jRUOhR9iisjZz49TbM63krBpfU7VxIBgJTgRTrz4XHNR6wxqvz1PlY/xa6GnwsenxPD6dl2kpK6Vf6FeR",
    "mBOf6cu9TXlWw9vS7obi8o7IPpF3qt7sLqy54NbT+S9/oGCcub/7BvViFKLCAgAA",
  ].join(""),
  "slicedlist.arrow": [
    "H4sIAAAAAAACA81SsQ4BQRB9zloX2WKLi1yhUGp1OnyBRKPRikiIwn2UT1D6BJ/iD3g7npBDb5KdN/Nm9+3M3k3n89liCNxo",
    "RwARyToI8GghZ0RrOOZgltM7edLCC88yCwXj/lttwOW5tvv1pjok3lktoqCGR9tUo+5sNBP2dB7CTbXaJZW03xubmU/9noiF",
    "9gZ01XEwVTQdSvUAzVSy4jTTUrNmeJnDbwvCWOOfefnGZTVda+eLZvbBX8cKJg/IJzd728c9gdN6mzCqH4eRZny++UkCZ+Gg",
    "due/fMML/dT+vTvuFuIyggIAAA==",
  ].join(""),
  "fsl.arrow": [
    "H4sIAAAAAAACA81SOw6CQBQcBFdCtqAghsLCwsJSK+3E3sSExhMYY6KxkAN4FEtLjkDpEbyNDm+fSogHcMK+2dnH+y0s83y9",
    "mQJPogQQo0YEC4MuQu4IL6AGVUgbqOWx8p2xVHHC/ajhm3AZrsNpty/OEBXSW591pFZCbdCT7LHW9vyaB5oHyvtie3TxRuJd",
    "Bdf3jZzouxZ97dxKVvgBUtIQb0TUVqaoZ1vpzD6+aO7b8JRD5bTh6/yINa242cdzWdBkfDKnr+Qqe8pdup4spzIySexmYddz",
    "2nHjjivNVioPW/X/7Zs9aJfyz70ArSOlCXoCAAA=",
  ].join(""),
  "fslnull.arrow": [
    "H4sIAAAAAAACA81SMQ7CMAy80hIqlCFDhRgYGRhBLGy0OxISCy9ACAnEAA/gOYw8gZEn8JtycVwIvICT4rPj2M6lrVar5XoC",
    "1MQNgINHFxYGbeT0iCRjDEY5baaW28oP1jJyBf1hlBtzGa79cbs7nyBRzqzfa8msgrFBR7o7nZ2kngfaB8q78+YQ6o3Uhwnh",
    "3ldyoWctenpzK12RZuiTRmjQZWxFhde2UM0pPoj9RDn/iZ1yPzrbimqbcybKebSVp++qy5ym/HQp6V/KWt40zLFUZ0SRC5p4",
    "+5lqat76rtU35RG+8W/f7klbyb/3AnAJYCCCAgAA",
  ].join(""),
  "dictfloat.arrow": [
    "H4sIAAAAAAACA9VTO07DQBB9dia2hazIhRVtQeEyLT0SiUSJBEpDkyacxCVHoEIcgzJH4AjcBN7MjhN75Qtk7PHsZ96bN2t7",
    "t98/v94Bf7QfAA3UblCjwBIVR7RMIAw9czTm9Bd6a/ktswqUROgs4rNF4/uCaBn9jf5JDp01CGeccgw4xTzSbxPskV7x0lV9",
    "1jZf0Uuba1pnoTDewpHa14drgeFa76w2DuRie87hHccaw1kEZorv3Pt6jouNx6lVo3E2m3t6ALqt6vye6FxPdS6EOoDNGTfV",
    "dXBdMmKWpPZYT+MxJGpCsj/0JwmPJLhypla0nv1hy5veW58Df3wXlX0BtbM+eY/iPO9OdnK2TVLn18dfM+d9jd9rIHhn/+Q/",
    "OhudD5oDAAA=",
  ].join(""),
  "view.arrow": [
    "H4sIAAAAAAACA8VSvW7CMBD+QkxAyEIeUMXAkKFDR9jYCBsbEktnUCNSqQKJRCA2HqWP0MfgERg79i3gs3MBC8HcT/Kdz77v",
    "/uzxbDZ9HwBn4huAgUULGhHqaHJHBIo2aDUplUigxpXI/kQ+HbuW35UzR+XKna3cmUGH/AgNF9FIviB8xJvTz/pG15Oyzl/q",
    "jvhpvEil2kVEqNCjylChTdtI1ZoWcOB6lV5D3BBcs5So4zm0aONxIT1Y9EVPRPc8bu0uLzz7lv8wKsebJP69rSnP1pvCizuP",
    "8+JZnfZu87laxot0v159xMUu/dqm8WJfpHk1z6oPzalGbpJG+lMYUr7Ju9jafiTun+jsLt9//5Ej5dj96QuUuA1P2gIAAA==",
  ].join(""),
  "int.arrow": [
    "H4sIAAAAAAACA7VRMQ7CMAy8lJBWKEOGCnVg5ANIHRnoC5C6MPMLntCRJ/BTODumRFVXTrJjO/bl5AzjeL2dgDfxAJAg2CEi",
    "YIuGEeE8czBr6L15lmmtzrSsBdTalYzDVXIerBfWf1eeSKuVR8oX5Pcn4xNE7E1BVFZsPLpZX9bY8cabxrPdVfihjJdIRexW",
    "et2CQ/R95yJVBlWWsjaq6OmPxV4mm3uuvPfPPb5og/7pB2D9hLraAQAA",
  ].join(""),
  "two.arrow": [
    "H4sIAAAAAAACA91TsU7DMBB9aVM3qjx4iFCHDB0YOhYJiZH0C0BdYOjKwMDWoWz5jqpDRgY+go9gh89gK8/nMxgLxMLEKec7",
    "3z0/+3zOcrW6uDoBDpQ3AA5eJrAwGKGiRylKzsFZxbHUERhQ1+p3XE+grelPNVYon7f31EdiHgJu6BIc1N5ubu68vwsYPCec",
    "TcJ5rHYrsVLiDjXPZTCWkzqtI+zTfLuPEbwJOKl/StJacRZHegNWGDEs5bw9okw4t3Ib/o72WqvBp1SJX2SxRu08yy/UztRe",
    "ZvnrbP02y3fZ+liz+eEccf5b/izhGyhn1FGCf/lAdeccWn7Ujtq3If5E+9r+Nd9B3krogWUXjXTOhd6R9VTfTXxDlRY2U9t/",
    "6dv/fee+3qX88++0+/n8+gMAAA==",
  ].join(""),
  "mixed.arrow": [
    "H4sIAAAAAAACA9VTrVLDQBD+kqYh0zkRwTCICASisihwbZ+ATg1PgEDgEDCDyHOg+gB9iD4CAk8lshJXvt37Uo4MAstOdr+9",
    "ve+yP5fMl8vrmwtgT3kFUMNkhIASQ1T0KFnBNbiqaAtZIKdO5K95nsSBnT9WzI9Sn6gvvp/jLfKCcRrxjHMufPRY4fGab6pY",
    "x5Fnr1VbzNEkOQzvHm7vQa7xy0Pm2NeHajIJOFFnwd+KQYFTQotORlwH79J6f9ZMSnxL6mfCStgIx739ifBMuMBPWfR4XlqS",
    "q58n+6UWk8vEzzWbTofJ+fcDq53SzPhQW+pqFuMb4lb+bvpX3Pv9xpkFTr30Sddx1qziSrPp7n2rKnZdNb1+/ts390k793/q",
    "CzVTictaAwAA",
  ].join(""),
  "empty.arrow": [
    "H4sIAAAAAAACA+1UO04DMRB93o9joi222CIFxZYUNHSUiWjokKJF1AkpEoFEQSiQOAIlB6DgIJSIE3ACxAGoMW9mjIhWcAKw",
    "NB5nPO/N8+wok+n06GQPiFxtBtSQNUQFjxKBJy5XoKBbMkf8Fu3JAbe0jrZDe2PskXZHO6RJ3vlHjARnwrmdYrJYBlf7cvKs",
    "UHAHvdQe0XsMWL1Gk7S4suEu6e0Gh/jF6nQNxQaNhBRvo9SFk/yO53fTEYSv2eDIhWN2jVe9p0bFOd/PE70XZ8A978eWM+y/",
    "iS3AWrVU+qqQkEWqc9wd4MawpWBHPeyl/rY+P8Tf+7ZaWI3ALoUEH3N7MUze1y7cc9qz3mfa168eS8dTj/OfNM30JV6/j0Vs",
    "TgCbk4pcXtXUyiboRuPfPPifmz8/N7sUMNH/mU8TYAY+bgQAAA==",
  ].join(""),
  "empty.arrows": [
    "H4sIAAAAAAACA3VRO04DMRQc78eYKEWKLVJQbJkjUEai4QDLAQIpiECiIBSROAIlB6DgIJSIE3ACxAGoecw8GylagaXx8z6/",
    "eW88a2bWV8AMWhNMEdEi8cQVGjQMl6xRPCReA/BADMSC+GTuhXgkTgnVXX+bkVyp51HJaXEM7o51ipzQcAejZs8ZIw44fYau",
    "aAltx13l/V4PxfXmYgvnJs+kku9NcxFUP/D8lXUk9ev2etTqsdrhw++p0Xkhjuuk9+YKeOL9MtdMxm+iBdi6lqm/KhVmU+ac",
    "DSe4z9xW3PmIe+vf2edn+9+3zTrPSHQpFfqS23vm1GPt6n1OvPl95b7+eizHi8f1X5pW/pLo/ydnAMve4gcovDFYMAIAAA==",
  ].join(""),
  "v1.feather": [
    "H4sIAAAAAAACA3NzdTRkgIMP9lCGgwiUwcMgASZZGDiAJAMDSJwJimGAEayCAawCpI4DzGZgkIHKJQKxAIMCAztYXABISoBJ",
    "IODigJoBMw8qztAAxG5AtwEA0esL7qAAAAA=",
  ].join(""),
  "polars.lz4.arrow": [
    "H4sIAAAAAAACA3MMCvIPN2Rg+A8EJxgYGFiA+BOQLQJmMwJJLgZuBg4gycLwAyjOAxThAEKQLDOQjAFiA6i+OUB5GSAtAFbD",
    "wMAowQAGf4DiLFDTioH4CLo6Zoi6Q0BxJhAfiJOA+A2QDzJbAYgloOoEGISAJgkwCIJ18oD1/QLrYwNCiB2JDBD/SDBC3AUy",
    "BywBBCJQl/MwCIPN4gHy7kHtBYEtQGwBxDpQOyGAj0EGqI4HqEMEKMoIdSMMwPzHzoAb6EFpBzRxBzT5BjR5GN8KSh+A0ppI",
    "akDBx4SmjxBfAEqzKPlKhDis4wcyBYGeWvDDHirucElVzBTEMrMq+YTpH1z6eaAeEnIw7FGZAmJNZlItxNSvgKpfGshMA4Vp",
    "BdCQD4yiQFYlEMBUr0u4+hREJ24XjYCIiKLq5wIypSsZGQJAuioXLytZAJL8f2m9PY74AKUPBgZE+nCAxrsIVIwHmDYEgCwO",
    "IAvkrhswd8MinhHVvKGTN0CR6QjO9QDkwdnN/AMAAA==",
  ].join(""),
  "polars.zstd.arrow": [
    "H4sIAAAAAAACA9VTPTMEQRB9s7dYTKlx9qpWueBkmyhkMnuBWNUlBBL+gsRm/A8/QkB+pQR+gkgmE110pSjezPRgp5yTelvd",
    "Pf3xuvv2ZvuDwf7BNvBO3ANIKSOec3dW1AtYREadYsy4ZiTjY7Mt6iPKlvAume/SGlcDqAIOr4yn0u2UchfXtXzdLeOJ9Skn",
    "lGf6tnePUkidQZudDJYdUzvei+PN8vEzjuF/T6H8XraPSxC5bK6x4nppeo8y1+KaskMpZabHErqs02TkjCrZMcxWnDzD/Bwm",
    "Y11sFcWrKH8e5YO/IXYodvVbjX19ScSb5hux5c3mGw4vQni8621a4XdM4Gvhtafxew3+E3Bl3+gZOtQ1EeoU1srkB36nwd/j",
    "QnWtMD9M8DfY+wF83Y9K/vdcYpp3w/CU8WQ3ewh7q8/FGvg/38aIuu+++g+9bBk4/AMAAA==",
  ].join(""),
  "polarslist.lz4.arrow": [
    "H4sIAAAAAAACA3MMCvIPN2Rg+A8EFxgYGFiA+BOQLQJmMwJJLgZuBg4gycLwAyjOAxThAEKQLBOQNIDqWQGUkwHSAmB5BgZG",
    "ZgYwWAYUB6kDmZQHxBeA/AQgHQJTJwqRA5nxBigHMk8BiCWgZggwCAHlBBgEwap5wGb+ApvJBoQsYH2ZJam5IPE/QHEWqKtz",
    "INaD/fUByfwDUHGI/5iBJgqD7eAB8p4A5aHOZuiBukMEyucBuogFSAoARWD2sDHgBoZQ2gFNHMY3gdINaPINaPIgwAzFDGhi",
    "+PgKUJpFyVcixGGdEJApDAwYYSYOBjFmDoYAsOR8o5P/QbQ646m5aPolUPUDYwkYBYwMij/s2Rk2MLBAvcHjkDjx7z0Qi699",
    "XSEx+j+A9cOCgcNhYyvXfhBrXkRiP7J+ULwxIMUbSIMFPN5A8SEEjAsWYKrgAcf3A6i+H1D6AJp/hlba/QYkHcE5EwBzAZEz",
    "oAMAAA==",
  ].join(""),
};

export function fixture(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(Buffer.from(FILES[name], "base64")));
}

/** Columns of those named cols that hold no logits. */
export const KEPT = ["id", "s", "t", "ok", "day", "dict", "u8"];

/** What is to be damaged, and the columns to keep. */
export const DAMAGED: readonly [name: string, keep: readonly string[]][] = [
  ["cols.arrow", KEPT],
  ["cols.arrows", KEPT],
  ["cols.lz4.arrow", []],
  ["list.arrow", ["n"]],
  ["view.arrow", ["s"]],
];
