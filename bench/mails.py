# SPDX-License-Identifier: Apache-2.0
"""Report mails for the bench: number N always gives the same bytes."""
import base64
import hashlib
import random

BRANDS = ["JCB", "三井住友カード", "Amazon", "えきねっと", "楽天", "Apple", "国税庁", "ヤマト運輸", "三菱UFJ銀行", "メルカリ"]
FILLER = ("server log access denied credential harvest form victim redirect kit panel bot mailer "
          "header received relay").split()
RARE = "奥多摩"  # in one mail of fifty


def brand(n):
    return random.Random(n).choice(BRANDS)


def rare(n):
    return n % 50 == 0


def mail(n):
    r = random.Random(n)
    name = r.choice(BRANDS)
    host = "login-%s.example%d.%s" % (hashlib.sha256(b"%d" % n).hexdigest()[:8], r.randrange(500),
                                      r.choice(["com", "net", "org", "jp"]))
    address = "203.0.113.%d" % r.randrange(1, 255)
    japanese = n % 2 == 1
    subject = "フィッシングサイトの報告 %s" % name if japanese else "Phishing site report: %s" % host
    text = ["担当者様", "", "%sを騙るフィッシングサイトを確認しましたのでご報告いたします。" % name,
            "URL: hxxps://%s/signin/%d" % (host, n), "IPアドレス: %s" % address,
            "SHA256: %s" % hashlib.sha256(b"%d" % n).hexdigest(), "停止に向けた調整をお願いいたします。", "",
            "We found a phishing page that poses as %s." % name, "CVE-2024-%04d may be related." % r.randrange(9999)]
    if rare(n):
        text.append("発信元は%sです。" % RARE)
    words = [r.choice(FILLER) for _ in range(180)]
    text += ["", *(" ".join(words[i:i + 12]) for i in range(0, len(words), 12)), ""]
    head = ["From: reporter%d@customer%d.example.jp" % (r.randrange(2000), r.randrange(200)),
            "To: csirt@csirt.example", "Message-ID: <%d.%s@bench.example>" % (n, hashlib.sha256(b"m%d" % n).hexdigest()[:10]),
            "Date: Tue, %02d Jul 2025 %02d:%02d:00 +0900" % (1 + r.randrange(28), r.randrange(24), r.randrange(60)),
            "Subject: =?utf-8?b?%s?=" % base64.b64encode(subject.encode()).decode(), "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join(head + [""] + text).encode()
